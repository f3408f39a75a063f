import { describe, expect, test } from "bun:test";
import { as, type Call, callAs } from "../support/client.ts";
import { onEveryEngine, unstored } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

onEveryEngine("users", (engine) => {
  const harness = useHarness(engine);
  const bearer = (token: string): Call => callAs((path, init) => harness().app.request(path, init), token);
  const asAdmin = async () => as(harness(), await addPerson(harness(), "admin"));
  const newUser = () => ({
    email: `${crypto.randomUUID()}@example.com`,
    name: "Grace",
    externalId: "customer-42",
  });

  test("an admin makes an account for someone who signs in elsewhere, books for them, and gets them a token", async () => {
    const admin = await asAdmin();
    const made = await admin("POST", "/api/users", newUser());
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/users/${made.body.id}`);
    expect(made.body).toMatchObject({ role: "user", status: "active", externalId: "customer-42" });
    const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
    const booking = await admin("POST", "/api/bookings", { ...slot, ownerId: made.body.id });
    expect(booking.body).toMatchObject({ ownerId: made.body.id, resourceId: made.body.calendarId });
    const token = await admin("POST", `/api/users/${made.body.id}/tokens`);
    expect([token.status, token.headers.get("cache-control")]).toEqual([201, unstored(engine)]);
    const theirs = bearer(token.body.accessToken);
    expect((await theirs("GET", `/api/bookings/${booking.body.id}`)).status).toBe(200);
    harness().clock.advance(token.body.expiresIn * 1000);
    expect((await theirs("GET", "/api/auth/me")).status).toBe(401);
  });

  test("nobody signs in to an account without a password", async () => {
    const { body } = await (await asAdmin())("POST", "/api/users", newUser());
    const login = await as(harness())("POST", "/api/auth/login", {
      email: body.email,
      password: "password123",
    });
    expect([login.status, login.body.code]).toEqual([401, "invalid_credentials"]);
  });

  test("there are no tokens on behalf of an admin or of someone disabled", async () => {
    const admin = await asAdmin();
    const other = await addPerson(harness(), "admin");
    const forAdmin = await admin("POST", `/api/users/${other.id}/tokens`);
    expect([forAdmin.status, forAdmin.body.detail]).toEqual([403, expect.stringContaining("sign in")]);
    const { body: user } = await admin("POST", "/api/users", newUser());
    await admin("PATCH", `/api/users/${user.id}`, { status: "disabled" });
    const forDisabled = await admin("POST", `/api/users/${user.id}/tokens`);
    expect(forDisabled.body.code).toBe("invalid_transition");
    expect(forDisabled.body.detail).toContain("status to active");
    const keyed = await admin("POST", `/api/users/${user.id}/tokens`, undefined, { "Idempotency-Key": "k" });
    expect(keyed.status).toBe(400);
  });

  test("another role or status ends the sessions at once, and for good", async () => {
    const admin = await asAdmin();
    const person = await addPerson(harness(), "admin");
    const theirs = as(harness(), person);
    expect((await theirs("GET", "/api/users")).status).toBe(200);
    await admin("PATCH", `/api/users/${person.id}`, { role: "user" });
    expect((await theirs("GET", "/api/users")).status).toBe(401);
    await admin("PATCH", `/api/users/${person.id}`, { status: "disabled" });
    expect((await theirs("GET", "/api/auth/me")).status).toBe(401);
    await admin("PATCH", `/api/users/${person.id}`, { status: "active" });
    expect((await theirs("GET", "/api/auth/me")).status).toBe(401);
  });

  test("the last active admin stays one, also against two requests at once", async () => {
    const other = await addOrganization(harness());
    const [one, two] = [
      await addPerson(harness(), "admin", other.id),
      await addPerson(harness(), "admin", other.id),
    ];
    const answers = await Promise.all([
      as(harness(), one)("PATCH", `/api/users/${two.id}`, { status: "disabled" }),
      as(harness(), two)("PATCH", `/api/users/${one.id}`, { role: "user" }),
    ]);
    // The slower one is refused as the last admin, or no longer let in as one.
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.some((answer) => [401, 403, 409].includes(answer.status))).toBe(true);
    const left = answers[0].status === 200 ? one : two;
    const alone = await as(harness(), left)("PATCH", `/api/users/${left.id}`, { role: "user" });
    expect([alone.status, alone.body.code]).toEqual([409, "last_admin"]);
  });

  test("are found by text, role and status", async () => {
    const admin = await asAdmin();
    const { body: user } = await admin("POST", "/api/users", newUser());
    const find = async (query: string) =>
      (await admin("GET", `/api/users?q=${user.email}&${query}`)).body.data.length;
    expect([await find("role=user"), await find("role=admin"), await find("status=disabled")]).toEqual([
      1, 0, 0,
    ]);
    expect((await admin("GET", `/api/users/${user.id}`)).body).toEqual(user);
    expect(
      (await admin("POST", "/api/users", { ...newUser(), email: user.email.toUpperCase() })).body.code,
    ).toBe("email_taken");
    expect((await admin("POST", "/api/users", { ...newUser(), role: "admin" })).status).toBe(400);
  });

  describe("oneself", () => {
    const credentials = () => ({ email: `${crypto.randomUUID()}@example.com`, password: "password123" });

    test("changes the name, and nothing else", async () => {
      const call = as(harness(), await addPerson(harness()));
      expect((await call("PATCH", "/api/auth/me", { name: "Ada King" })).body.name).toBe("Ada King");
      expect((await call("GET", "/api/auth/me")).body.name).toBe("Ada King");
      expect((await call("PATCH", "/api/auth/me", { role: "admin" })).status).toBe(400);
    });

    test("changes the password with the current one; every other session ends", async () => {
      const person = credentials();
      const here = (await as(harness())("POST", "/api/auth/register", { ...person, name: "A" })).body;
      const elsewhere = (await as(harness())("POST", "/api/auth/login", person)).body;
      const call = bearer(here.accessToken);
      const wrong = await call("POST", "/api/auth/password", {
        currentPassword: "nope",
        newPassword: "password456",
      });
      expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
      const change = { currentPassword: person.password, newPassword: "password456" };
      expect((await call("POST", "/api/auth/password", change)).status).toBe(204);
      expect((await call("GET", "/api/auth/me")).status).toBe(200);
      expect((await bearer(elsewhere.accessToken)("GET", "/api/auth/me")).status).toBe(401);
      expect(
        (await as(harness())("POST", "/api/auth/login", { ...person, password: "password456" })).status,
      ).toBe(200);
      expect((await as(harness())("POST", "/api/auth/login", person)).status).toBe(401);
    });
  });
});
