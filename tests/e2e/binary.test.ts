import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, startServer, stopServer } from "../support/server.ts";
import { takeTour } from "./tour.ts";

const root = join(import.meta.dir, "../..");
const command = [join(root, "dist/booking")];

beforeAll(async () => {
  const { code, output } = await run(["run", "build"], { command: [process.execPath], cwd: root });
  if (code !== 0) throw new Error(output);
}, 120_000);

onEachEngine("the compiled binary", (engine) => {
  test("starts in an empty folder, migrates and books", () =>
    inEmptyFolder(async (cwd) => {
      const database = await createDatabase(engine, { migrate: false });
      const server = await startServer({ command, cwd, env: { DATABASE_URL: database.url } });
      await takeTour(server.url);
      const script = await (await fetch(`${server.url}/api/swagger-ui-bundle.js`)).text();
      expect(script.length).toBeGreaterThan(1_000_000);
      await stopServer(server);
      await database.drop();
    }));
});

test("the compiled binary tells its version and its commands", async () => {
  const { output } = await run(["--help"], { command });
  for (const name of ["serve", "worker", "migrate", "admin"]) expect(output).toContain(name);
  expect((await run(["--version"], { command })).output.trim()).toMatch(/^\d+\.\d+\.\d+$/);
});
