import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callAs } from "../support/client.ts";
import { createDatabase, describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, sharedSecrets, startServer, stopServer } from "../support/server.ts";

const production = { NODE_ENV: "production", HOST: "127.0.0.1", ...sharedSecrets };

test("in an empty folder it makes all it needs, says where, and the first admin's password goes with their sign-in", () =>
  inEmptyFolder(async (cwd) => {
    const server = await startServer({ cwd, env: { LOG_LEVEL: "info" } });
    const call = callAs((path, init) => fetch(`${server.url}${path}`, init));
    expect(server.output()).toMatch(/Data +\.\/data\/booking\.db/);
    const file = join(cwd, "data/first-admin-password");
    expect(server.output()).toContain("data/first-admin-password");
    const mode = (path: string) => (statSync(join(cwd, path)).mode & 0o777).toString(8);
    expect(mode("data")).toBe("700");
    const files = readdirSync(join(cwd, "data"));
    expect(files).toEqual(expect.arrayContaining(["booking.db", "booking.db.lock", "first-admin-password"]));
    expect(files.filter((file) => mode(join("data", file)) !== "600")).toEqual([]);
    const password = readFileSync(file, "utf8").trim();
    const wrong = await call("POST", "/api/auth/login", {
      email: "admin@booking.localhost",
      password: "wrong-one",
    });
    expect([wrong.status, existsSync(file)]).toEqual([401, true]);
    const signedIn = await call("POST", "/api/auth/login", { email: "admin@booking.localhost", password });
    expect(signedIn.body.user.role).toBe("admin");
    expect(existsSync(file)).toBe(false);
    server.kill("SIGINT");
    expect(await server.exited).toBe(0);
    expect(server.output()).not.toContain(password);
    expect(server.output()).not.toContain(signedIn.body.accessToken);
  }));

onEachEngine("a restart", (engine) => {
  test("keeps secrets, admin and data", async () => {
    const database = await createDatabase(engine, { migrate: false });
    await inEmptyFolder(async (cwd) => {
      const env = {
        DATABASE_URL: database.url,
        ADMIN_EMAIL: "root@example.com",
        ADMIN_PASSWORD: "password123",
      };
      const first = await startServer({ cwd, env });
      const login = { email: "root@example.com", password: "password123" };
      const { body } = await callAs((path, init) => fetch(`${first.url}${path}`, init))(
        "POST",
        "/api/auth/login",
        login,
      );
      await stopServer(first);
      const second = await startServer({ cwd, env });
      const me = await callAs((path, init) => fetch(`${second.url}${path}`, init), body.accessToken)(
        "GET",
        "/api/auth/me",
      );
      expect(me.body).toMatchObject({ id: body.user.id, role: "admin" });
      await stopServer(second);
      const [admins] = await runSql(database.url, "select count(*) as n from users where role = 'admin'");
      expect(Number(admins?.n)).toBe(1);
    });
    await database.drop();
  });
});

test("two databases in one folder keep each its admin's password, which the banner names while it is valid", () =>
  inEmptyFolder(async (cwd) => {
    const first = await startServer({ cwd });
    const other = { DATABASE_URL: "sqlite:./data/other.db" };
    const second = await startServer({ cwd, env: other });
    expect(first.output()).toMatch(/password is in data\/first-admin-password$/m);
    expect(second.output()).toMatch(/password is in data\/first-admin-password-other\.db$/m);
    await Promise.all([first, second].map(stopServer));
    const passwords = ["", "-other.db"].map((end) =>
      readFileSync(join(cwd, `data/first-admin-password${end}`), "utf8"),
    );
    expect(new Set(passwords).size).toBe(2);
    const reset = ["admin", "reset-password", "--email", "admin@booking.localhost"];
    expect((await run(reset, { cwd, env: other })).code).toBe(0);
    const third = await startServer({ cwd, env: other });
    expect(third.output()).not.toContain("password is in");
    await stopServer(third);
  }));

describeOnPostgres("a first start", () => {
  test("writes the admin's password to a file of that database, and none when one is given", () =>
    inEmptyFolder(async (cwd) => {
      const [made, given] = [
        await createDatabase("postgres", { migrate: false }),
        await createDatabase("postgres", { migrate: false }),
      ];
      const file = `data/first-admin-password-${new URL(made.url).pathname.slice(1)}`;
      const first = await startServer({ cwd, env: { DATABASE_URL: made.url } });
      expect([first.output().includes(file), existsSync(join(cwd, file))]).toEqual([true, true]);
      const admin = { ADMIN_EMAIL: "root@example.com", ADMIN_PASSWORD: "password123" };
      const second = await startServer({ cwd, env: { DATABASE_URL: given.url, ...admin } });
      expect(second.output()).not.toContain("first-admin-password");
      await Promise.all([first, second].map(stopServer));
      await Promise.all([made, given].map((database) => database.drop()));
    }));
});

describeOnPostgres("several first starts in one folder", () => {
  test("leave one password, and it is the admin's", () =>
    inEmptyFolder(async (cwd) => {
      const database = await createDatabase("postgres", { migrate: false });
      const servers = await Promise.all(
        [1, 2, 3].map(() => startServer({ cwd, env: { DATABASE_URL: database.url } })),
      );
      const files = readdirSync(join(cwd, "data"));
      expect(files).toHaveLength(1);
      const password = readFileSync(join(cwd, "data", files[0] ?? ""), "utf8").trim();
      const call = callAs((path, init) => fetch(`${servers[0]?.url}${path}`, init));
      const login = await call("POST", "/api/auth/login", { email: "admin@booking.localhost", password });
      expect(login.status).toBe(200);
      expect(readdirSync(join(cwd, "data"))).toEqual([]);
      await Promise.all(servers.map(stopServer));
      await database.drop();
    }));
});

describeOnPostgres("several processes on an empty database", () => {
  test("start at once, make one admin and share their secrets", async () => {
    const database = await createDatabase("postgres", { migrate: false });
    const env = {
      DATABASE_URL: database.url,
      ADMIN_EMAIL: "root@example.com",
      ADMIN_PASSWORD: "password123",
    };
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ env })));
    const [one, two] = servers.map(
      (server) => (token?: string) => callAs((path, init) => fetch(`${server.url}${path}`, init), token),
    );
    const login = { email: "root@example.com", password: "password123" };
    const signedIn = await one?.()("POST", "/api/auth/login", login);
    const me = await two?.(signedIn?.body.accessToken)("GET", "/api/auth/me");
    expect(me?.status).toBe(200);
    await one?.()("POST", "/api/auth/logout", { refreshToken: signedIn?.body.refreshToken });
    // On the other instance within two seconds.
    const there = async () => (await two?.(signedIn?.body.accessToken)("GET", "/api/auth/me"))?.status;
    for (const end = Date.now() + 2_000; (await there()) !== 401; await Bun.sleep(50))
      if (Date.now() > end) throw new Error("The session is still good on the other instance.");
    await Promise.all(servers.map(stopServer));
    await database.drop();
  });
});

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

describe("the command line", () => {
  test("makes admins and resets passwords beside a server, and ends the sessions", () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      const call = callAs((path, init) => fetch(`${server.url}${path}`, init));
      const email = "ops@example.com";
      const made = await run(["admin", "create", "--email", "Ops@example.com"], { cwd });
      expect([made.code, made.output]).toEqual([
        0,
        expect.stringContaining("Created the admin ops@example.com"),
      ]);
      const password = made.output.match(/Password: (\S+)/)?.[1] ?? "";
      const signedIn = await call("POST", "/api/auth/login", { email, password });
      expect(signedIn.body.user.role).toBe("admin");
      const again = await run(["admin", "create", "--email", email], { cwd });
      expect([again.code, again.output]).toEqual([1, expect.stringContaining("already")]);
      const reset = await run(["admin", "reset-password", "--email", email, "--password", "password456"], {
        cwd,
      });
      expect(reset.code).toBe(0);
      expect((await call("POST", "/api/auth/login", { email, password })).status).toBe(401);
      expect((await call("POST", "/api/auth/login", { email, password: "password456" })).status).toBe(200);
      const refused = await call("POST", "/api/auth/refresh", { refreshToken: signedIn.body.refreshToken });
      expect(refused.status).toBe(401);
      const short = await run(["admin", "create", "--email", "a@example.com", "--password", "short"], {
        cwd,
      });
      expect([short.code, short.output]).toEqual([1, expect.stringContaining("8 characters")]);
      const nobody = await run(["admin", "reset-password", "--email", "nobody@example.com"], { cwd });
      expect([nobody.code, nobody.output]).toEqual([1, expect.stringContaining("There is no user")]);
      await stopServer(server);
    }));

  test("answers a mistake with the error and where the help is, not with the help", async () => {
    const port = await run(["serve", "--port", "1"]);
    expect([port.code, port.output]).toEqual([
      2,
      "error: unknown option '--port'\nSee `booking serve --help`.\n",
    ]);
    const name = await run(["migrate", "rn"]);
    expect([name.code, name.output]).toEqual([
      2,
      "error: unknown command 'rn'\n(Did you mean run?)\nSee `booking migrate --help`.\n",
    ]);
    const short = await run(["seed", "--password", "short"], {
      env: { DATABASE_URL: "sqlite:/nowhere/x.db" },
    });
    expect([short.code, short.output]).toEqual([1, expect.stringContaining("8 characters")]);
  });

  test("reverts nothing under a server, and creates no file to find that there is nothing to revert", () =>
    inEmptyFolder(async (cwd) => {
      const nothing = await run(["migrate", "revert"], { cwd });
      expect([nothing.code, nothing.output]).toEqual([0, "There is nothing to revert.\n"]);
      expect(readdirSync(cwd)).toEqual([]);
      const server = await startServer({ cwd });
      const refused = await run(["migrate", "revert", "--yes"], { cwd });
      expect([refused.code, refused.output]).toEqual([78, expect.stringContaining("Another process serves")]);
      await stopServer(server);
    }));

  test("migrates, shows the status and reverts", () =>
    inEmptyFolder(async (cwd) => {
      expect((await run(["migrate"], { cwd })).output).toContain("applied  0001_core");
      expect((await run(["migrate", "status"], { cwd })).output).toMatch(/^applied +0001_core/m);
      expect((await run(["migrate", "revert", "--steps", "99"], { cwd })).output).toContain(
        "  0001_core\n    all accounts (0 rows)",
      );
      expect((await run(["migrate", "status"], { cwd })).output).toMatch(/^pending +0001_core/m);
      expect((await run(["migrate", "revert", "--steps", "none"], { cwd })).code).toBe(2);
    }));
});
