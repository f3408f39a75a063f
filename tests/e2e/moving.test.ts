import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { openStore } from "../../db/open.ts";
import { install } from "../../src/operations/install.ts";
import { createAdmin } from "../../src/operations/users/create-admin.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { createDatabase } from "../support/databases.ts";
import { type EdgeRuntime, startEdge } from "../support/edge/runtime.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { testContext } from "../support/harness.ts";
import { platformKey } from "../support/moving-edge.ts";
import { run, sharedSecrets } from "../support/server.ts";

const password = "correct horse battery";
const first = { ADMIN_EMAIL: "first@example.com", ADMIN_PASSWORD: password };

/** The worker as it is deployed, with one host name. */
let edge: EdgeRuntime;
beforeAll(async () => {
  edge = await startEdge("src/edge/worker.ts", {
    bindings: {
      BOOKING_HOSTS: "127.0.0.1",
      PLATFORM_KEY: platformKey,
      LOG_LEVEL: "silent",
      ...sharedSecrets,
      ...first,
    },
  });
});
afterAll(() => edge.stop());

const atEdge = () => ({ env: { DATABASE_URL: edge.url, PLATFORM_KEY: platformKey } });

async function signIn(email: string): Promise<number> {
  const answer = await fetch(`${edge.url}/api/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  return answer.status;
}

test(
  "`restore` moves an installation to its place at the edge, and `backup` back",
  () =>
    inEmptyFolder(async (cwd) => {
      const source = await createDatabase("sqlite");
      const store = await openStore(source.url, { pool: 1 });
      const context = testContext(store, systemClock);
      await install(context);
      await createAdmin(context, { email: "moved@example.com", name: "Moved", password });
      await store.close();
      const local = { env: { DATABASE_URL: source.url } };
      expect((await run(["backup", join(cwd, "out")], local)).code).toBe(0);

      // The installation there is new: it has its first admin, and somebody has knocked.
      expect((await fetch(`${edge.url}/api/bookings`)).status).toBe(401);
      const restored = await run(["restore", join(cwd, "out")], atEdge());
      expect(restored).toEqual({ code: 0, output: expect.stringContaining("every row was compared") });
      expect([await signIn("moved@example.com"), await signIn(first.ADMIN_EMAIL)]).toEqual([200, 401]);

      const again = await run(["restore", join(cwd, "out")], atEdge());
      expect(again).toEqual({ code: 1, output: expect.stringContaining("has been used (sessions") });
      expect(again.output).not.toMatch(/\n\s+at /);
      const backup = await run(["backup", join(cwd, "home")], atEdge());
      expect(backup).toEqual({ code: 0, output: expect.stringContaining("all verified") });
      await source.drop();
    }),
  120_000,
);

test("no other command takes the address of an installation at the edge", async () => {
  const commands = [
    ["serve"],
    ["worker"],
    ["migrate"],
    ["migrate", "status"],
    ["migrate", "revert"],
    ["seed"],
    ["jobs", "status"],
    ["admin", "create", "--email", "a@example.com"],
  ];
  const says = expect.stringContaining("only `booking backup` and `booking restore` take the address");
  for (const args of commands)
    expect([args, await run(args, atEdge())]).toEqual([args, { code: 78, output: says }]);
  expect(await run(["doctor"], atEdge())).toEqual({ code: 1, output: says });
  expect(await run(["config"], atEdge())).toEqual({ code: 78, output: says });
}, 120_000);

test("what is wrong with the address or the key is said in a sentence", async () => {
  const other = Bun.serve({ port: 0, fetch: () => new Response("hello") });
  const elsewhere = Bun.serve({ port: 0, fetch: () => Response.redirect("https://example.com/") });
  const cases: [url: string, key: string, code: number, says: string][] = [
    [edge.url, "", 78, "PLATFORM_KEY: expected the PLATFORM_KEY of the installation"],
    [edge.url, "short", 78, "PLATFORM_KEY: expected at least 32 characters"],
    [edge.url, "x".repeat(32), 1, "refuses PLATFORM_KEY. Set it to"],
    ["http://booking.example.com", platformKey, 78, "the platform key could be read on the way"],
    ["https://booking.example.com/api", platformKey, 78, "https://<host>, without a path"],
    ["https://me:secret@booking.example.com", platformKey, 78, "https://<host>, without a path"],
    [edge.url.replace("127.0.0.1", "localhost"), platformKey, 1, "No installation has this host name"],
    [other.url.origin, platformKey, 1, "is not an installation of this version"],
    [elsewhere.url.origin, platformKey, 1, "answers 302"],
    ["http://127.0.0.1:1", platformKey, 1, "127.0.0.1:1 can't be reached"],
  ];
  await Promise.all(
    cases.map(async ([url, key, code, says]) => {
      const env = { DATABASE_URL: url, PLATFORM_KEY: key };
      const { code: found, output } = await run(["backup", "/nowhere/backup"], { env });
      expect([url, found, output]).toEqual([url, code, expect.stringContaining(says)]);
      expect(output).not.toMatch(/\n\s+at |secret@/);
    }),
  );
  await Promise.all([other.stop(true), elsewhere.stop(true)]);
}, 120_000);
