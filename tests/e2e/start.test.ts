import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { callAs } from "../support/client.ts";
import { createDatabase, describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, startServer, stopServer } from "../support/server.ts";

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
