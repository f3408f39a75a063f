import { describe, expect, test } from "bun:test";
import { sign } from "hono/jwt";
import { setPassword } from "../../src/operations/users/set-password.ts";
import { as, type Call, callAs } from "../support/client.ts";
import { onEveryEngine, unstored } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";
import { secrets } from "../support/secrets.ts";

const newPerson = () => ({
  email: `${crypto.randomUUID()}@Example.com`,
  password: "password123",
  name: "Ada",
});

onEveryEngine("auth", (engine) => {
  const harness = useHarness(engine);
  const bearer = (token: string): Call => callAs((path, init) => harness().app.request(path, init), token);

  test("register gives a user, never an admin, with a calendar and two tokens that work", async () => {
    const person = newPerson();
    const made = await as(harness())("POST", "/api/auth/register", person);
    expect(made.status).toBe(201);
    expect(made.headers.get("cache-control")).toBe(unstored(engine));
    expect(made.body).toMatchObject({
      tokenType: "Bearer",
      expiresIn: 900,
      user: { role: "user", status: "active" },
    });
    expect(made.body.user.email).toBe(person.email.toLowerCase());
    const me = await bearer(made.body.accessToken)("GET", "/api/auth/me");
    expect(me.body).toEqual(made.body.user);
    const calendar = await bearer(made.body.accessToken)(
      "GET",
      `/api/resources/${made.body.user.calendarId}`,
    );
    expect(calendar.status).toBe(200);
    const role = await as(harness())("POST", "/api/auth/register", { ...newPerson(), role: "admin" });
    expect([role.status, role.body.errors[0].pointer]).toEqual([400, "/role"]);
  });

  test("an email is taken whatever its case, also by two at once", async () => {
    const person = newPerson();
    const twins = [person, { ...person, email: person.email.toUpperCase() }];
    const answers = await Promise.all(twins.map((twin) => as(harness())("POST", "/api/auth/register", twin)));
    expect(answers.map((a) => a.status).sort()).toEqual([201, 409]);
    expect(answers.find((a) => a.status === 409)?.body.code).toBe("email_taken");
  });

  test("login gives one answer to a wrong password and to an unknown user", async () => {
    const person = newPerson();
    await as(harness())("POST", "/api/auth/register", person);
    const { email, password } = person;
    expect((await as(harness())("POST", "/api/auth/login", { email, password })).status).toBe(200);
    const wrong = await as(harness())("POST", "/api/auth/login", { email, password: "password124" });
    const unknown = await as(harness())("POST", "/api/auth/login", { email: `x${email}`, password });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    expect(wrong.headers.get("www-authenticate")).toBe("Bearer");
    const { requestId: _, ...same } = wrong.body;
    expect(unknown.body).toMatchObject(same);
  });

  describe("refresh", () => {
    test("spends the token; twenty at once get one successor", async () => {
      const { body } = await as(harness())("POST", "/api/auth/register", newPerson());
      const call = as(harness());
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          call("POST", "/api/auth/refresh", { refreshToken: body.refreshToken }),
        ),
      );
      expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
      expect(new Set(answers.map((a) => a.body.refreshToken)).size).toBe(1);
      expect((await bearer(answers[0]?.body.accessToken)("GET", "/api/auth/me")).status).toBe(200);
    });

    test("of a token that was spent before the grace ends the family, the thief's and the owner's", async () => {
      const call = as(harness());
      const first = (await call("POST", "/api/auth/register", newPerson())).body;
      const second = (await call("POST", "/api/auth/refresh", { refreshToken: first.refreshToken })).body;
      harness().clock.advance(10_001);
      const reused = await call("POST", "/api/auth/refresh", { refreshToken: first.refreshToken });
      expect([reused.status, reused.body.code]).toEqual([401, "token_reused"]);
      expect((await call("POST", "/api/auth/refresh", { refreshToken: second.refreshToken })).body.code).toBe(
        "token_reused",
      );
      expect((await bearer(second.accessToken)("GET", "/api/auth/me")).status).toBe(401);
    });

    test("works for thirty days from the last one, and no longer", async () => {
      const call = as(harness());
      const first = (await call("POST", "/api/auth/register", newPerson())).body;
      const day = 24 * 3_600_000;
      harness().clock.advance(29 * day);
      const second = await call("POST", "/api/auth/refresh", { refreshToken: first.refreshToken });
      harness().clock.advance(29 * day);
      const third = await call("POST", "/api/auth/refresh", { refreshToken: second.body.refreshToken });
      expect(third.status).toBe(200);
      harness().clock.advance(31 * day);
      const late = await call("POST", "/api/auth/refresh", { refreshToken: third.body.refreshToken });
      expect([late.status, late.body.code]).toEqual([401, "token_expired"]);
    });
  });

  test("logout ends the session at once, its access tokens with it, and can be said again", async () => {
    const call = as(harness());
    const { body } = await call("POST", "/api/auth/register", newPerson());
    for (const _ of [1, 2]) {
      expect((await call("POST", "/api/auth/logout", { refreshToken: body.refreshToken })).status).toBe(204);
    }
    expect((await bearer(body.accessToken)("GET", "/api/auth/me")).status).toBe(401);
    expect((await call("POST", "/api/auth/refresh", { refreshToken: body.refreshToken })).status).toBe(401);
  });

  test("a new password ends every session and lets the old one in no more", async () => {
    const person = newPerson();
    const { body } = await as(harness())("POST", "/api/auth/register", person);
    const email = person.email.toLowerCase();
    await setPassword(harness().context, { email, password: "another-password", actorId: null });
    expect((await bearer(body.accessToken)("GET", "/api/auth/me")).status).toBe(401);
    expect(
      (await as(harness())("POST", "/api/auth/login", { email, password: person.password })).status,
    ).toBe(401);
    expect(
      (await as(harness())("POST", "/api/auth/login", { email, password: "another-password" })).status,
    ).toBe(200);
  });

  test("an access token is good for fifteen minutes", async () => {
    const { body } = await as(harness())("POST", "/api/auth/register", newPerson());
    harness().clock.advance(15 * 60_000 - 1000);
    expect((await bearer(body.accessToken)("GET", "/api/auth/me")).status).toBe(200);
    harness().clock.advance(1000);
    const late = await bearer(body.accessToken)("GET", "/api/auth/me");
    expect([late.status, late.body.code]).toEqual([401, "token_expired"]);
  });

  test("a token that we did not sign for this use is refused", async () => {
    const call = as(harness());
    const { body } = await call("POST", "/api/auth/register", newPerson());
    const claims = JSON.parse(Buffer.from(body.accessToken.split(".")[1], "base64url").toString());
    const unsigned = (header: object, payload: object) =>
      `${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
    const { exp: _, ...endless } = claims;
    const forged = {
      "no algorithm": unsigned({ alg: "none", typ: "JWT" }, claims),
      "another algorithm": await sign(claims, secrets.accessSecret, "HS512"),
      "another secret": await sign(claims, "x".repeat(64), "HS256"),
      "no expiry": await sign(endless, secrets.accessSecret, "HS256"),
      "another audience": await sign({ ...claims, aud: "booking:refresh" }, secrets.accessSecret, "HS256"),
      "another issuer": await sign({ ...claims, iss: "other" }, secrets.accessSecret, "HS256"),
      "another's session": await sign({ ...claims, sub: crypto.randomUUID() }, secrets.accessSecret, "HS256"),
      "a refresh token": body.refreshToken,
      "no token": "x",
    };
    for (const [name, token] of Object.entries(forged)) {
      const answer = await bearer(token)("GET", "/api/auth/me");
      expect([name, answer.status, answer.body.code]).toEqual([name, 401, "unauthenticated"]);
    }
    const asRefresh = await call("POST", "/api/auth/refresh", { refreshToken: body.accessToken });
    expect([asRefresh.status, asRefresh.body.code]).toEqual([401, "unauthenticated"]);
  });

  test("keys for safe retries are refused where answers are secrets", async () => {
    const answer = await as(harness())("POST", "/api/auth/register", newPerson(), { "Idempotency-Key": "k" });
    expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, "Idempotency-Key"]);
  });

  test("a session of a disabled user is no good", async () => {
    const person = await addPerson(harness());
    const { store } = harness().context;
    const user = await store.users.byId(person.organizationId, person.id);
    if (!user) throw new Error("missing");
    const disabled = { ...user, status: "disabled" as const };
    await store.commit({ update: { users: [disabled] } });
    expect((await as(harness(), person)("GET", "/api/auth/me")).status).toBe(401);
  });
});

describe("limits", () => {
  const harness = useHarness("sqlite", { rateLimitScale: 1 });

  test("guesses at one account from one address end after ten, with the time to wait", async () => {
    const call = as(harness());
    const credentials = { email: "victim@example.com", password: "wrong-password" };
    for (let n = 0; n < 10; n++)
      expect((await call("POST", "/api/auth/login", credentials)).status).toBe(401);
    const refused = await call("POST", "/api/auth/login", credentials);
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("ratelimit-policy")).toBe('"login-account";q=10;w=300');
    expect(
      (await call("POST", "/api/auth/login", { ...credentials, email: "other@example.com" })).status,
    ).toBe(401);
  });
});
