import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Passwords } from "../../src/ports/passwords.ts";
import { bunHasher } from "../../src/security/argon2.ts";
import { boundedPasswords } from "../../src/security/passwords.ts";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";
import { secrets } from "../support/secrets.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("an attack", (engine) => {
  const harness = useHarness(engine);

  test("by fields that are not the caller's to set is refused, naming each", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const { body: booking } = await call("POST", "/api/bookings", slot);
    const tries: [string, string, object, string][] = [
      [
        "POST",
        "/api/auth/register",
        { email: "x@example.com", password: "password123", name: "X", role: "admin" },
        "/role",
      ],
      ["POST", "/api/bookings", { ...slot, status: "cancelled" }, "/status"],
      ["POST", "/api/bookings", { ...slot, version: 9 }, "/version"],
      ["POST", "/api/bookings", { ...slot, organizationId: person.organizationId }, "/organizationId"],
      ["PATCH", `/api/bookings/${booking.id}`, { ownerId: person.id }, "/ownerId"],
      ["PATCH", `/api/bookings/${booking.id}`, { version: 9 }, "/version"],
      ["PATCH", "/api/auth/me", { role: "admin" }, "/role"],
      ["PATCH", "/api/auth/me", { emailVerifiedAt: "2020-01-01T00:00:00Z" }, "/emailVerifiedAt"],
    ];
    for (const [method, path, body, pointer] of tries) {
      const answer = await call(method, path, body);
      expect([pointer, answer.status, answer.body.errors[0].pointer]).toEqual([pointer, 400, pointer]);
    }
    const forAnother = await call("POST", "/api/bookings", {
      ...slot,
      ownerId: (await addPerson(harness())).id,
    });
    expect(forAnother.status).toBe(403);
  });

  test("by a token with a key id of its own is refused: the header chooses nothing", async () => {
    const { body } = await as(harness())("POST", "/api/auth/register", {
      email: `${crypto.randomUUID()}@example.com`,
      password: "password123",
      name: "X",
    });
    const [, payload = ""] = body.accessToken.split(".");
    const forge = (header: object, secret: string) => {
      const content = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}`;
      return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
    };
    const tries = [
      forge({ alg: "HS256", typ: "JWT", kid: "../../dev/null" }, ""),
      forge({ alg: "HS256", typ: "JWT", kid: "another" }, "another"),
      forge({ alg: "HS256", typ: "JWT", jwk: { kty: "oct", k: "YQ" } }, "a"),
      forge({ alg: "RS256", typ: "JWT" }, secrets.accessSecret),
    ];
    for (const token of tries) {
      const call = callAs((path, init) => harness().app.request(path, init), token);
      expect((await call("GET", "/api/auth/me")).status).toBe(401);
    }
  });

  test("on sign-in learns nothing from the work: one verification, whoever is named", async () => {
    const real = boundedPasswords(bunHasher);
    let verified = 0;
    const passwords: Passwords = {
      ...real,
      verify: (password, hash) => {
        verified += 1;
        return real.verify(password, hash);
      },
    };
    const counted = withContext(harness(), { passwords });
    const email = `${crypto.randomUUID()}@example.com`;
    await as(counted)("POST", "/api/auth/register", { email, password: "password123", name: "X" });
    const work = async (named: string) => {
      verified = 0;
      const answer = await as(counted)("POST", "/api/auth/login", {
        email: named,
        password: "wrong-password",
      });
      const { requestId: _, ...said } = answer.body;
      return JSON.stringify([answer.status, said, verified]);
    };
    expect(await work(email)).toBe(await work("nobody@example.com"));
    expect(verified).toBe(1);
  });

  test("by another's idempotency key gets nothing of theirs", async () => {
    const [one, two] = [await addPerson(harness()), await addPerson(harness())];
    const key = { "Idempotency-Key": "shared" };
    const first = await as(harness(), one)("POST", "/api/bookings", { ...slot, title: "Secret" }, key);
    const second = await as(harness(), two)("POST", "/api/bookings", { ...slot, title: "Secret" }, key);
    expect([second.status, second.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  test("that finds a fault of ours learns nothing of it", async () => {
    const { store } = harness().context;
    const commit = () => Promise.reject(new Error("secret table at /srv/booking/db.ts:17"));
    const broken = withContext(harness(), { store: { ...store, commit } });
    const answer = await as(broken, await addPerson(harness()))("POST", "/api/bookings", slot);
    expect([answer.status, answer.body.code]).toEqual([500, "internal"]);
    expect(answer.text).not.toMatch(/secret|srv|\.ts|at /);
  });
});

describe("a flood of sign-ins", () => {
  test("waits in a line, hashes a few at a time, and hears 503 in place of taking more memory", async () => {
    const passwords = boundedPasswords(bunHasher);
    const flood = Array.from({ length: 1_500 }, () =>
      passwords.verify("password", null).catch((refusal) => refusal.code),
    );
    const outcomes = await Promise.all(flood);
    expect(new Set(outcomes)).toEqual(new Set([false, "unavailable"]));
  }, 60_000);
});
