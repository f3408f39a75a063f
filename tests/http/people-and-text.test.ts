import { describe, expect, test } from "bun:test";
import { judgeOrigins } from "../../src/process/origins.ts";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
const account = () => ({ email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" });

onEveryEngine("people and texts", (engine) => {
  const harness = useHarness(engine);

  test("an address that mail can be sent to is taken, and no other, wherever one is named", async () => {
    const admin = as(harness(), await addPerson(harness(), "admin"));
    const local = crypto.randomUUID();
    const good = [`${local}@xn--e1afmkfd.xn--p1ai`, `x=${local}@example.com`, `a&${local}@example.com`];
    for (const email of good) {
      const registered = await as(harness())("POST", "/api/auth/register", { ...account(), email });
      expect([email, registered.status, registered.body.user?.email]).toEqual([email, 201, email]);
      const attendee = await admin("POST", "/api/bookings", { ...slot, attendees: [{ email }] });
      expect([email, attendee.status]).toEqual([email, 201]);
      await admin("DELETE", `/api/bookings/${attendee.body.id}`);
    }
    for (const email of [
      `${"a".repeat(65)}@example.com`,
      "x=y@",
      `${"a".repeat(64)}@${"d".repeat(60)}.${"e".repeat(60)}.${"f".repeat(60)}.${"g".repeat(10)}.com`,
    ]) {
      const answers = [
        await as(harness())("POST", "/api/auth/register", { ...account(), email }),
        await admin("POST", "/api/users", { email, name: "X" }),
        await admin("POST", "/api/bookings", { ...slot, attendees: [{ email }] }),
      ];
      expect([email, answers.map(({ status }) => status)]).toEqual([email, [400, 400, 400]]);
    }
  });

  test("an attendee who is named twice is kept once", async () => {
    const call = as(harness(), await addPerson(harness()));
    const attendees = [
      { email: "Grace@Example.com", name: "Grace" },
      { email: "ada@example.com" },
      { email: "grace@example.com", name: "G." },
      { email: "GRACE@EXAMPLE.COM" },
    ];
    const kept = [
      { email: "grace@example.com", name: "Grace" },
      { email: "ada@example.com", name: null },
    ];
    const { body } = await call("POST", "/api/bookings", { ...slot, attendees });
    expect(body.attendees).toEqual(kept);
    const again = await call("PATCH", `/api/bookings/${body.id}`, {
      attendees: [...attendees, ...attendees],
    });
    expect([again.body.attendees, again.body.version]).toEqual([kept, 1]);
  });

  test("a title or a name shows something, in one line", async () => {
    const admin = as(harness(), await addPerson(harness(), "admin"));
    for (const text of [
      "\u200b",
      "\u2060",
      "\u3164",
      "\u2800",
      "\u00ad",
      "\u200b \u2800\u00a0",
      "a\u2028b",
      "a\u2029b",
      "a\u0085b",
      "a\u009bb",
    ]) {
      const answers = [
        await admin("POST", "/api/bookings", { ...slot, title: text }),
        await admin("POST", "/api/bookings", { ...slot, attendees: [{ email: "a@b.co", name: text }] }),
        await admin("POST", "/api/resources", { name: text }),
        await admin("PATCH", "/api/auth/me", { name: text }),
        await as(harness())("POST", "/api/auth/register", { ...account(), name: text }),
        await admin("POST", "/api/users", { email: account().email, name: text }),
        await admin("POST", "/api/api-keys", { name: text, scopes: ["bookings:read"] }),
      ];
      expect([text, answers.map(({ status }) => status)]).toEqual([text, Array(7).fill(400)]);
    }
    const located = await admin("POST", "/api/bookings", { ...slot, location: "a\u2028b" });
    expect(located.body.errors[0].pointer).toBe("/location");
    const family = await admin("POST", "/api/bookings", { ...slot, title: "👩‍👩‍👧 day" });
    expect([family.status, family.body.title]).toEqual([201, "👩‍👩‍👧 day"]);
  });

  test("times are read as RFC 3339 writes them", async () => {
    const call = as(harness(), await addPerson(harness()));
    const times = { startTime: "2016-12-31T23:59:60Z", endTime: "2017-01-01t01:00:00.5000000001z" };
    const { status, body } = await call("POST", "/api/bookings", { ...slot, ...times });
    expect([status, body.startTime, body.endTime]).toEqual([
      201,
      "2017-01-01T00:00:00.000Z",
      "2017-01-01T01:00:00.500Z",
    ]);
    const list = await call(
      "GET",
      "/api/bookings?from=2016-12-31t18:59:60-05:00&to=2017-01-01T00:00:01-00:00",
    );
    expect(list.body.data).toHaveLength(1);
  });

  test("a password is the same however it was typed", async () => {
    const person = { ...account(), password: "pässwörd-é" };
    await as(harness())("POST", "/api/auth/register", person);
    const { email, password } = person;
    for (const typed of [password.normalize("NFD"), password]) {
      const answer = await as(harness())("POST", "/api/auth/login", { email, password: typed });
      expect(answer.status).toBe(200);
      const call = callAs((path, init) => harness().app.request(path, init), answer.body.accessToken);
      const change = { currentPassword: typed.normalize("NFD"), newPassword: password };
      expect((await call("POST", "/api/auth/password", change)).status).toBe(204);
    }
  });
});

describe("credentials", () => {
  const harness = useHarness("sqlite");

  test("an empty X-API-Key is no key: the bearer token counts, and without one the answer says so", async () => {
    const person = await addPerson(harness());
    const empty = { "X-API-Key": "" };
    expect((await as(harness(), person)("GET", "/api/bookings", undefined, empty)).status).toBe(200);
    const alone = await as(harness())("GET", "/api/bookings", undefined, empty);
    expect([alone.status, alone.body.detail]).toEqual([401, expect.stringContaining("X-API-Key is empty")]);
    const wrong = await as(harness(), person)("GET", "/api/bookings", undefined, { "X-API-Key": "bk_x" });
    expect(wrong.status).toBe(401);
  });
});

describe("pages elsewhere", () => {
  const harness = useHarness("sqlite");
  const origin = "https://app.example.com";
  const judgeOrigin = judgeOrigins({ listed: [origin], production: true, log: { warn: () => {} } });

  test("may read every header that the contract names", async () => {
    const { app } = withContext(harness(), {}, { judgeOrigin });
    await addPerson(harness());
    const { token } = await addPerson(harness(), "admin");
    const headers = { Authorization: `Bearer ${token}`, Accept: "text/csv", Origin: origin };
    const answer = await app.request("/api/audit?limit=1&type=user.created", { headers });
    const exposed = answer.headers.get("access-control-expose-headers")?.toLowerCase().split(",") ?? [];
    expect(answer.headers.get("link")).toMatch(
      /^<\/api\/audit\?.*type=user\.created.*cursor=.*>; rel="next"$/,
    );
    const named = ["allow", "content-disposition", "etag", "idempotency-replayed", "link", "location"];
    const more = ["ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "x-request-id"];
    for (const name of [...named, ...more]) expect(exposed).toContain(name);
  });

  test("get what was asked for from caches as well: Vary names what an answer depends on", async () => {
    const { app } = withContext(harness(), {}, { judgeOrigin });
    const { token } = await addPerson(harness(), "admin");
    const varies = async (path: string, accept: string) => {
      const headers = { Authorization: `Bearer ${token}`, Accept: accept };
      const answer = await app.request(path, { headers });
      return (answer.headers.get("vary") ?? "").toLowerCase().split(/, */);
    };
    for (const accept of ["text/csv", "application/json", "*/*"]) {
      expect(await varies("/api/audit", accept)).toEqual(expect.arrayContaining(["accept", "origin"]));
    }
    expect(await varies("/api/bookings", "*/*")).toContain("origin");
    expect(await varies("/api/bookings", "*/*")).not.toContain("accept");
  });
});
