import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { callAs } from "../support/client.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, startServer, stopServer } from "../support/server.ts";

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
