import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { signUp } from "../support/client.ts";
import { freePort } from "../support/cluster.ts";
import { createDatabase } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { run, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { admin, walkthroughs } from "./walkthroughs.ts";

const root = join(import.meta.dir, "../..");
const command = [join(root, "dist/booking")];

beforeAll(async () => {
  const { code, output } = await run(["run", "build"], { command: [process.execPath], cwd: root });
  if (code !== 0) throw new Error(output);
}, 120_000);

describe("the compiled binary on SQLite", () => {
  walkthroughs(async (env) => {
    const database = await createDatabase("sqlite", { migrate: false });
    const server = await startServer({ command, env: { DATABASE_URL: database.url, ...admin, ...env } });
    const stop = async () => {
      await stopServer(server);
      await database.drop();
    };
    return { url: server.url, stop };
  });

  test("makes all it needs in an empty folder, and has the pages and their scripts inside", () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ command, cwd });
      const script = await (await fetch(`${server.url}/api/swagger-ui-bundle.js`)).text();
      expect(script.length).toBeGreaterThan(1_000_000);
      expect((await run(["healthcheck"], { command, env: { PORT: new URL(server.url).port } })).code).toBe(0);
      await stopServer(server);
    }));

  test("has every command: help, demo data, a backup and its restore, a doctor", () =>
    inEmptyFolder(async (cwd) => {
      const ask = (...args: string[]) => run(args, { command, cwd });
      const { output: help } = await ask("--help");
      const names =
        "serve worker migrate seed admin jobs backup restore config doctor openapi healthcheck version".split(
          " ",
        );
      for (const name of names) {
        expect(help).toMatch(new RegExp(`^  ${name}`, "m"));
        expect(await ask(name, "--help")).toMatchObject({
          code: 0,
          output: expect.stringContaining("Usage: booking"),
        });
      }
      expect(JSON.parse((await ask("version", "--json")).output)).toMatchObject({
        version: expect.any(String),
      });
      expect((await ask("migrate", "--json")).output).toContain(`{"applied":["0001_core"`);
      expect(JSON.parse((await ask("seed", "--json")).output).logins).toHaveLength(6);
      expect((await ask("backup", "b")).code).toBe(0);
      const restored = await run(["restore", "b"], { command, cwd, env: { DATABASE_URL: "sqlite:copy.db" } });
      expect(restored).toMatchObject({ code: 0, output: expect.stringContaining("200 bookings") });
      expect(JSON.parse((await ask("jobs", "status", "--json")).output).broker).toBe("embedded");
      expect((await ask("doctor")).output).toContain("The schema is up to date.");
      expect(JSON.parse((await ask("openapi")).output).openapi).toBe("3.1.0");
    }));

  test("names the kind of an error in its log", () =>
    inEmptyFolder(async (cwd) => {
      const env = { SMTP_URL: `smtp://127.0.0.1:${await freePort()}` };
      const server = await startServer({ command, cwd, env });
      await signUp(server.url);
      while (!server.output().includes('"an attempt failed"')) await Bun.sleep(50);
      await stopServer(server);
      expect(server.output()).toContain('"type":"ChannelFault"');
    }));

  test("tells a wrong command line from a wrong configuration and from what can't be done", () =>
    inEmptyFolder(async (cwd) => {
      const code = async (args: string[], env = {}) => (await run(args, { command, cwd, env })).code;
      expect(await code(["nonsense"])).toBe(2);
      expect(await code(["seed", "--bookings", "some"])).toBe(2);
      expect(await code(["serve"], { PORT: "none" })).toBe(78);
      expect(await code(["restore", "nowhere"])).toBe(1);
      expect(await code(["healthcheck"], { PORT: "1" })).toBe(1);
    }));
});

describeOnRedis("the compiled binary", () => {
  test("runs a worker, with the whole of its job page", () =>
    inEmptyFolder(async (cwd) => {
      const database = await createDatabase("postgres");
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
