import { expect, test } from "bun:test";
import type { Passwords } from "../../src/ports/passwords.ts";
import { as, callAs } from "../support/client.ts";
import { onEachEngine } from "../support/databases.ts";
import { type Harness, useHarness, withContext } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";

const rounds = sized("ROUNDS", 25);
const signIns = 4;

/** The same hash, as cheap as it gets: what is raced for is the commits, and a round must not take seconds. */
const quickly: Passwords = {
  hash: (password) => Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 }),
  verify: async (password, hash) => hash !== null && (await Bun.password.verify(password, hash)),
};

/** Sign-ins with the old password that race its change: how many of their sessions are good afterwards. */
async function survivors(harness: Harness): Promise<{ survived: number; callers: number }> {
  const call = as(harness);
  const bearer = (token: string) => callAs((path, init) => harness.app.request(path, init), token);
  const email = `${crypto.randomUUID()}@example.com`;
  let password = "password-0";
  const { body: caller } = await call("POST", "/api/auth/register", { email, password, name: "Ada" });
  const [kept, found] = [bearer(caller.accessToken), { survived: 0, callers: 0 }];
  for (let round = 1; round <= rounds; round++) {
    const newPassword = `password-${round}`;
    const change = () => kept("POST", "/api/auth/password", { currentPassword: password, newPassword });
    const login = () => call("POST", "/api/auth/login", { email, password });
    const racing = Array.from({ length: signIns }, login);
    const [changed, ...answers] = await Promise.all([change(), ...racing]);
    expect(changed.status).toBe(204);
    const tokens = answers.filter(({ status }) => status === 200).map(({ body }) => body);
    for (const { accessToken, refreshToken } of tokens) {
      const statuses = [
        (await bearer(accessToken)("GET", "/api/auth/me")).status,
        (await call("POST", "/api/auth/refresh", { refreshToken })).status,
      ];
      if (statuses.includes(200)) found.survived += 1;
    }
    if ((await kept("GET", "/api/auth/me")).status === 200) found.callers += 1;
    password = newPassword;
  }
  return found;
}

onEachEngine("sign-ins that race a change of their password", (engine) => {
  const harness = useHarness(engine);
  const there = () => withContext(harness(), { passwords: quickly });

  test("leave no session that was opened with the old one; the caller's goes on", async () => {
    expect(await survivors(there())).toEqual({ survived: 0, callers: rounds });
    measured(
      "G19",
      `${engine}: ${rounds} changes of a password, ${signIns} sign-ins racing each: none survived`,
    );
  }, 300_000);

  test("do, where the generation of the credentials is not compared (mutant)", async () => {
    const { store } = harness().context;
    const withUser: typeof store.sessions.withUser = async (id) => {
      const found = await store.sessions.withUser(id);
      const credentialGeneration = found?.user.credentialGeneration ?? 0;
      return found && { ...found, session: { ...found.session, credentialGeneration } };
    };
    const mutant = { ...there().context.store, sessions: { ...store.sessions, withUser } };
    const found = await survivors(withContext(there(), { store: mutant, passwords: quickly }));
    expect(found.survived).toBeGreaterThan(0);
  }, 300_000);
});
