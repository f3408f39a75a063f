import { expect, test } from "bun:test";
import { join } from "node:path";
import { createDatabase } from "../support/databases.ts";
import { run, startServer, stopServer } from "../support/server.ts";

const scripts = join(import.meta.dir, "../../bench/k6");
const runner = join(import.meta.dir, "../support/run-k6-script.ts");

test.each(["book.js", "browse.js", "hot-slot.js"])(
  "the k6 script %s asks for what the service answers",
  async (script) => {
    const admin = { ADMIN_EMAIL: "k6@example.com", ADMIN_PASSWORD: "password123" };
    const database = await createDatabase("sqlite");
    const server = await startServer({ env: { DATABASE_URL: database.url, ...admin } });
    const env = { ...admin, BASE_URL: server.url };
    const command = [process.execPath, runner];
    expect(await run([join(scripts, script)], { command, env })).toEqual({ code: 0, output: "" });
    await stopServer(server);
    await database.drop();
  },
  60_000,
);
