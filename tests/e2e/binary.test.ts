import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { run, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
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

describeOnRedis("the compiled binary", () => {
  test("runs a worker, with the whole of its job page", () =>
    inEmptyFolder(async (cwd) => {
      const database = await createDatabase("postgres");
      const admin = { ADMIN_EMAIL: "root@example.com", ADMIN_PASSWORD: "password123" };
      const env = { DATABASE_URL: database.url, REDIS_URL: redisUrl ?? "", ...admin };
      const server = await startServer({ command, cwd, env });
      const worker = await startWorkerProcess({ command, cwd, env });
      const headers = { Authorization: `Basic ${btoa(`${admin.ADMIN_EMAIL}:${admin.ADMIN_PASSWORD}`)}` };
      const page = await (await fetch(`${worker.url}/jobs/`, { headers })).text();
      const files = [...page.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path);
      expect(files.length).toBeGreaterThan(3);
      for (const file of files)
        expect((await fetch(`${worker.url}/jobs/${file}`, { headers })).status).toBe(200);
      await Promise.all([server, worker].map(stopServer));
      await database.drop();
    }));
});

test("the compiled binary tells its version and its commands", async () => {
  const { output } = await run(["--help"], { command });
  for (const name of ["serve", "worker", "migrate", "admin", "jobs"]) expect(output).toContain(name);
  expect((await run(["--version"], { command })).output.trim()).toMatch(/^\d+\.\d+\.\d+$/);
});
