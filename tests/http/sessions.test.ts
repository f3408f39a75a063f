import { expect, test } from "bun:test";
import { jwtTokens } from "../../src/security/jwt.ts";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";
import { secrets } from "../support/secrets.ts";

onEveryEngine("one's own sessions", (engine) => {
  const harness = useHarness(engine);
  const bearer = (token: string) => callAs((path, init) => harness().app.request(path, init), token);
  const signIn = async (email: string) =>
    (await as(harness())("POST", "/api/auth/login", { email, password: "password123" })).body;

  test("are listed, and ended one by one or all but one", async () => {
    const person = { email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" };
    const { body: first } = await as(harness())("POST", "/api/auth/register", person);
    harness().clock.advance(1000);
    const [second, third] = [await signIn(person.email), await signIn(person.email)];
    const call = bearer(first.accessToken);
    const list = async () => (await call("GET", "/api/auth/sessions")).body.data;
    const sessions = await list();
    expect(sessions.map((s: { current: boolean }) => s.current)).toEqual([false, false, true]);
    expect((await call("DELETE", `/api/auth/sessions/${sessions[0].id}`)).status).toBe(204);
    expect((await call("DELETE", `/api/auth/sessions/${sessions[0].id}`)).status).toBe(404);
    const alive = async () => {
      const answers = await Promise.all(
        [second, third].map((s) => bearer(s.accessToken)("GET", "/api/auth/me")),
      );
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await alive()).toBe(1);
    expect((await call("DELETE", "/api/auth/sessions")).status).toBe(204);
    expect([await alive(), (await list()).length]).toEqual([0, 1]);
    expect((await call("GET", "/api/auth/me")).status).toBe(200);
  });

  test("of another can't be ended", async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async (n) => {
        const person = {
          email: `${crypto.randomUUID()}@example.com`,
          password: "password123",
          name: `P${n}`,
        };
        return (await as(harness())("POST", "/api/auth/register", person)).body;
      }),
    );
    const { body } = await bearer(one.accessToken)("GET", "/api/auth/sessions");
    const answer = await bearer(two.accessToken)("DELETE", `/api/auth/sessions/${body.data[0].id}`);
    expect(answer.status).toBe(404);
    expect((await bearer(one.accessToken)("GET", "/api/auth/me")).status).toBe(200);
  });

  test("outlive an exchange of the signing keys, as long as the old ones are kept behind the new", async () => {
    const { context, clock } = harness();
    const { body } = await as(harness())("POST", "/api/auth/register", {
      email: `${crypto.randomUUID()}@example.com`,
      password: "password123",
      name: "Ada",
    });
    const times = { accessMinutes: 15, refreshDays: 30 };
    const [fresh, freshRefresh] = ["n".repeat(64), "m".repeat(64)];
    const both = jwtTokens({
      accessSecrets: [fresh, secrets.accessSecret],
      refreshSecrets: [freshRefresh, secrets.refreshSecret],
      ...times,
    });
    const only = jwtTokens({ accessSecrets: [fresh], refreshSecrets: [freshRefresh], ...times });
    expect((await both.verifyAccess(body.accessToken, clock.now())).userId).toBe(body.user.id);
    const { sessionId } = await both.verifyRefresh(body.refreshToken, clock.now());
    const session = await context.store.sessions.byId(sessionId);
    if (!session) throw new Error("missing");
    const renewed = await both.signRefresh(session);
    expect((await only.verifyRefresh(renewed, clock.now())).sessionId).toBe(sessionId);
    const codeOf = (refused: Promise<unknown>) => refused.catch((refusal) => refusal.code);
    expect(await codeOf(only.verifyAccess(body.accessToken, clock.now()))).toBe("unauthenticated");
    expect(await codeOf(only.verifyRefresh(body.refreshToken, clock.now()))).toBe("unauthenticated");
  });
});
