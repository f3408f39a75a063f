import { expect, test } from "bun:test";
import { join } from "node:path";
import { inEmptyFolder } from "../support/folder.ts";
import { run, startServer, stopServer } from "../support/server.ts";

const example = join(import.meta.dir, "../../clients/typescript/example.ts");

test("the example of the TypeScript client books, is refused, and takes the alternative", () =>
  inEmptyFolder(async (cwd) => {
    const admin = { ADMIN_EMAIL: "root@example.com", ADMIN_PASSWORD: "password123" };
    const server = await startServer({ cwd, env: admin });
    const env = {
      BOOKING_URL: server.url,
      BOOKING_EMAIL: admin.ADMIN_EMAIL,
      BOOKING_PASSWORD: admin.ADMIN_PASSWORD,
    };
    const { code, output } = await run([], { command: [process.execPath, example], env });
    expect(output.trim().split("\n")).toEqual([
      "booked 2099-03-01T10:00:00.000Z",
      "slot_taken: The resource is taken for all or part of this time.",
      "booked 2099-03-01T11:00:00.000Z instead",
    ]);
    expect(code).toBe(0);
    await stopServer(server);
  }));
