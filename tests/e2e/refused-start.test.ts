import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeOnPostgres } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, sharedSecrets, startServer, stopServer } from "../support/server.ts";

const production = { NODE_ENV: "production", HOST: "127.0.0.1", ...sharedSecrets };

describe("what can't start says what to do, without a stack trace", () => {
  const refused = async (
    env: Record<string, string>,
    expected: { code: number; says: string },
    args = ["serve"],
  ) =>
    inEmptyFolder(async (cwd) => {
      const { code, output } = await run(args, { cwd, env: { PORT: "0", ...env } });
      expect(output).toContain(expected.says);
      expect([code, output.includes("    at ")]).toEqual([expected.code, false]);
    });

  test("bad variables, all of them at once", () =>
    refused({ PORT: "x", LOG_LEVEL: "loud" }, { code: 78, says: "The configuration has 2 faults" }));

  test("production without secrets", () =>
    refused({ NODE_ENV: "production" }, { code: 78, says: "JWT_SECRET_KEY: expected" }));

  test("production without an admin", () =>
    refused(production, { code: 78, says: "Set ADMIN_EMAIL and ADMIN_PASSWORD" }));

  test("a Postgres that is down", () =>
    refused(
      { DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/d" },
      { code: 1, says: "can't be reached at 127.0.0.1:1/d" },
    ));

  test("the worker on SQLite", () =>
    refused({}, { code: 78, says: "runs inside `booking serve`" }, ["worker"]));

  test("an unwritable folder", () =>
    inEmptyFolder(async (cwd) => {
      writeFileSync(join(cwd, "file"), "");
      const { code, output } = await run(["serve"], {
        cwd,
        env: { PORT: "0", DATABASE_URL: "sqlite:./file/booking.db" },
      });
      expect([code, output]).toEqual([1, expect.stringContaining("can't be written")]);
      expect(output).not.toContain("    at ");
    }));

  test("a folder", () => refused({ DATABASE_URL: "sqlite:." }, { code: 1, says: ". is a folder." }));

  test("a file that is no database", () =>
    inEmptyFolder(async (cwd) => {
      writeFileSync(join(cwd, "file"), "not a database, and long enough to be looked at as one ".repeat(20));
      const { code, output } = await run(["serve"], {
        cwd,
        env: { PORT: "0", DATABASE_URL: "sqlite:./file" },
      });
      expect([code, output]).toEqual([1, expect.stringContaining("is not a SQLite database")]);
    }));

  test("a database of another program", () =>
    inEmptyFolder(async (cwd) => {
      new Database(join(cwd, "theirs.db"), { create: true }).run("create table theirs (id integer)");
      const { code, output } = await run(["serve"], {
        cwd,
        env: { PORT: "0", DATABASE_URL: "sqlite:./theirs.db" },
      });
      expect([code, output]).toEqual([78, expect.stringContaining("not Booking's")]);
    }));

  test("a taken port, and a second process on one SQLite file", () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      const port = new URL(server.url).port;
      const samePort = await run(["serve"], { cwd, env: { PORT: port, DATABASE_URL: "sqlite:./other.db" } });
      expect([samePort.code, samePort.output]).toEqual([1, expect.stringContaining(`Port ${port} is taken`)]);
      expect(existsSync(join(cwd, "other.db"))).toBe(false);
      const sameFile = await run(["serve"], { cwd, env: { PORT: "0" } });
      expect([sameFile.code, sameFile.output]).toEqual([
        78,
        expect.stringContaining("Another process serves"),
      ]);
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
      server.kill("SIGKILL");
      await server.exited;
      await stopServer(await startServer({ cwd }));
    }));
});

describeOnPostgres("a server", () => {
  test("without its database says how to make it", async () => {
    const url = new URL(process.env.TEST_DATABASE_URL ?? "");
    url.pathname = "/no_such_database";
    const { code, output } = await run(["serve"], { env: { PORT: "0", DATABASE_URL: url.href } });
    expect([code, output]).toEqual([1, expect.stringContaining('"no_such_database" does not exist')]);
    expect(output).toMatch(/`createdb -h \S+ -p \d+ (-U \S+ )?no_such_database`/);
  });
});
