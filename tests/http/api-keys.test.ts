import { expect, test } from "bun:test";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("API keys", (engine) => {
  const harness = useHarness(engine);
  const admin = async () => as(harness(), await addPerson(harness(), "admin"));
  const withKey = (key: string) => callAs((path, init) => harness().app.request(path, init), key);
  const make = async (scopes: string[], more: object = {}) => {
    const call = await admin();
    const { status, body } = await call("POST", "/api/api-keys", { name: "Billing", scopes, ...more });
    expect(status).toBe(201);
    return { call, key: body.key as string, apiKey: body };
  };

  test("are told once, kept as a hash, and recognizable by how they begin", async () => {
    const { call, key, apiKey } = await make(["bookings:read"]);
    expect(key).toMatch(/^bk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    expect(key).toStartWith(apiKey.prefix);
    const listed = (await call("GET", "/api/api-keys?limit=100")).body.data.find(
      (k: { id: string }) => k.id === apiKey.id,
    );
    const { key: _, ...shown } = apiKey;
    expect(listed).toEqual(shown);
    const stored = await harness().context.store.apiKeys.byId(apiKey.id);
    expect(JSON.stringify(stored)).not.toContain(key.slice(36));
  });

  test("act in the whole organization, for those they name, and as themselves in the history", async () => {
    const { key, apiKey } = await make(["bookings:write", "bookings:read"]);
    const person = await addPerson(harness());
    const call = withKey(key);
    const unnamed = await call("POST", "/api/bookings", slot);
    expect([unnamed.status, unnamed.body.errors[0].pointer]).toEqual([400, "/ownerId"]);
    const made = await call(
      "POST",
      "/api/bookings",
      { ...slot, ownerId: person.id },
      { "Idempotency-Key": "k" },
    );
    expect([made.status, made.body.ownerId]).toEqual([201, person.id]);
    const again = await call(
      "POST",
      "/api/bookings",
      { ...slot, ownerId: person.id },
      { "Idempotency-Key": "k" },
    );
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([made.text, "true"]);
    const { body } = await call("GET", `/api/bookings/${made.body.id}/history`);
    expect(body.data[0].actorId).toBe(apiKey.id);
  });

  test("can't make themselves more than they are", async () => {
    const { key } = await make(["users:write", "users:read", "tokens:write"]);
    const [person, boss] = [await addPerson(harness()), await addPerson(harness(), "admin")];
    const call = withKey(key);
    expect((await call("PATCH", `/api/users/${person.id}`, { role: "admin" })).status).toBe(403);
    expect((await call("PATCH", `/api/users/${boss.id}`, { status: "disabled" })).status).toBe(403);
    expect((await call("POST", `/api/users/${boss.id}/tokens`)).status).toBe(403);
    expect((await call("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] })).status).toBe(403);
    expect((await call("PATCH", `/api/users/${person.id}`, { name: "N" })).status).toBe(200);
    expect((await call("POST", `/api/users/${person.id}/tokens`)).status).toBe(201);
  });

  test("that may only write see what they wrote and what they need, and no more", async () => {
    const { key } = await make(["bookings:write", "resources:write", "users:write"]);
    const reading = await make(["bookings:write", "bookings:read"]);
    const owner = await addPerson(harness());
    const call = withKey(key);
    const room = (await (await admin())("POST", "/api/resources", { name: "Secret room" })).body;
    const day = { startTime: "2027-06-02T10:00:00Z", endTime: "2027-06-02T11:00:00Z" };
    const secret = { title: "Secret title", location: "Secret place", resourceId: room.id, ...day };
    const booked = (await as(harness(), owner)("POST", "/api/bookings", secret)).body;
    const path = `/api/bookings/${booked.id}`;

    const { updatedAt } = booked;
    const nothing = await call("PATCH", path, {});
    expect(nothing.body).toEqual({ id: booked.id, status: "confirmed", version: 1, updatedAt });
    expect(nothing.headers.get("etag")).toBe('"1"');
    const placed = await call("PATCH", path, { location: "Room 2" });
    expect(Object.keys(placed.body).sort()).toEqual(["id", "location", "status", "updatedAt", "version"]);
    const all = await withKey(reading.key)("PATCH", path, {});
    expect(all.body).toMatchObject({ title: "Secret title", location: "Room 2" });

    for (const times of [
      { startTime: "2099-01-01T10:00:00Z" },
      { endTime: "2020-01-01T10:00:00Z" },
      { quantity: 2 },
    ]) {
      const blind = await call("PATCH", path, times);
      expect([blind.status, /2027-|capacity of \d/.test(blind.text)]).toEqual([400, false]);
      expect((await withKey(reading.key)("PATCH", path, times)).status).toBe(400);
    }

    const clash = { title: "B", resourceId: room.id, ownerId: owner.id, ...day };
    const taken = await call("POST", "/api/bookings", clash);
    const [startTime, endTime] = [booked.startTime, booked.endTime];
    expect([taken.status, taken.body.conflicts]).toEqual([
      409,
      [{ resourceId: room.id, startTime, endTime }],
    ]);
    const seen = await withKey(reading.key)("POST", "/api/bookings", clash);
    expect(seen.body.conflicts).toMatchObject([{ bookingId: booked.id, title: "Secret title" }]);

    const cancel = () => call("POST", `${path}/cancel`, { reason: "R" }, { "Idempotency-Key": "c" });
    const [cancelled, again] = [await cancel(), await cancel()];
    expect(Object.keys(cancelled.body).sort()).toEqual(["id", "status", "updatedAt", "version"]);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([cancelled.text, "true"]);

    expect((await call("PATCH", `/api/resources/${room.id}`, {})).body).not.toHaveProperty("name");
    const person = await call("PATCH", `/api/users/${owner.id}`, {});
    expect([person.status, person.text.includes(owner.email)]).toEqual([200, false]);
  });

  test("are over at once when they are revoked or have expired", async () => {
    const { call, key, apiKey } = await make(["bookings:read"], { expiresAt: "2027-02-01T00:00:00Z" });
    expect((await withKey(key)("GET", "/api/bookings")).status).toBe(200);
    expect((await call("DELETE", `/api/api-keys/${apiKey.id}`)).status).toBe(204);
    expect((await call("DELETE", `/api/api-keys/${apiKey.id}`)).status).toBe(204);
    const after = await withKey(key)("GET", "/api/bookings");
    expect([after.status, after.body.code, after.headers.get("www-authenticate")]).toEqual([
      401,
      "unauthenticated",
      "Bearer",
    ]);
    const short = await make(["bookings:read"], { expiresAt: "2027-01-01T00:00:10Z" });
    harness().clock.advance(10_000);
    expect((await withKey(short.key)("GET", "/api/bookings")).status).toBe(401);
    const past = await call("POST", "/api/api-keys", {
      name: "K",
      scopes: ["bookings:read"],
      expiresAt: "2020-01-01T00:00:00Z",
    });
    expect([past.status, past.body.errors[0].pointer]).toEqual([400, "/expiresAt"]);
  });

  test("tell when they were used, the first time in the log", async () => {
    const { call, key, apiKey } = await make(["bookings:read"]);
    const used = async () =>
      (await call("GET", "/api/api-keys?limit=100")).body.data.find((k: { id: string }) => k.id === apiKey.id)
        .lastUsedAt;
    expect(await used()).toBeNull();
    await withKey(key)("GET", "/api/bookings");
    // It is written after the answer.
    const usedNow = async () => {
      const now = harness().clock.now().toISOString();
      for (let n = 0; n < 100 && (await used()) !== now; n++) await Bun.sleep(10);
      expect(await used()).toBe(now);
    };
    await usedNow();
    harness().clock.advance(61_000);
    await withKey(key)("GET", "/api/bookings");
    await usedNow();
  });

  test("that are forged, cut short or another's are refused alike", async () => {
    const { key } = await make(["bookings:read"]);
    const other = await make(["bookings:read"]);
    const [, id = ""] = key.split("_");
    const forged = [
      `bk_${id}_${"A".repeat(43)}`,
      `bk_${id}_${other.key.slice(36)}`,
      key.slice(0, -1),
      `bk_${"0".repeat(32)}_${"A".repeat(43)}`,
      "bk_",
    ];
    const answers = await Promise.all(forged.map((each) => withKey(each)("GET", "/api/bookings")));
    const told = answers.map(({ status, body: { requestId: _, ...body } }) => JSON.stringify([status, body]));
    expect(new Set(told).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
  });

  test("are not good for safe retries: the answer is a secret", async () => {
    const answer = await (await admin())(
      "POST",
      "/api/api-keys",
      { name: "K", scopes: ["bookings:read"] },
      { "Idempotency-Key": "k" },
    );
    expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, "Idempotency-Key"]);
  });
});
