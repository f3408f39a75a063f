import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const body = { title: "Review", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("an Idempotency-Key", (engine) => {
  const harness = useHarness(engine);

  test("gives the first success again, byte for byte, quoted or bare, however the JSON is laid out", async () => {
    const call = as(harness(), await addPerson(harness()));
    const first = await call("POST", "/api/bookings", body, { "Idempotency-Key": "k 1" });
    expect([first.status, first.headers.get("idempotency-replayed")]).toEqual([201, null]);
    const laidOut = `{ "endTime": "${body.endTime}",\n "startTime": "${body.startTime}", "title": "Review" }`;
    for (const [key, sent] of [
      ["k 1", body],
      ['"k 1"', body],
      ["k 1", laidOut],
    ] as const) {
      const again = await call("POST", "/api/booking", sent, { "Idempotency-Key": key });
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      for (const header of ["location", "etag", "content-type"]) {
        expect(again.headers.get(header)).toBe(first.headers.get(header));
      }
    }
  });

  test("makes one booking of forty requests at once, and all get the same answer", async () => {
    const call = as(harness(), await addPerson(harness()));
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => call("POST", "/api/bookings", body, { "Idempotency-Key": "race" })),
    );
    expect(new Set(answers.map((a) => `${a.status} ${a.text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter((a) => a.headers.get("idempotency-replayed") !== "true")).toHaveLength(1);
    expect((await call("GET", "/api/bookings")).body.data).toHaveLength(1);
  });

  test("is refused for another body, operation or thing", async () => {
    const call = as(harness(), await addPerson(harness()));
    const key = { "Idempotency-Key": "once" };
    const made = await call("POST", "/api/bookings", body, key);
    for (const answer of [
      await call("POST", "/api/bookings", { ...body, title: "Other" }, key),
      await call("POST", `/api/bookings/${made.body.id}/cancel`, body, key),
      await call("POST", `/api/bookings/${made.body.id}/cancel`, {}, key),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([422, "idempotency_key_reused"]);
    }
  });

  test("is refused for another thing, though operation and body are the same", async () => {
    const call = as(harness(), await addPerson(harness()));
    const [one, two] = [
      await call("POST", "/api/bookings", body),
      await call("POST", "/api/bookings", {
        ...body,
        startTime: "2027-06-02T10:00:00Z",
        endTime: "2027-06-02T11:00:00Z",
      }),
    ];
    const key = { "Idempotency-Key": "one thing" };
    expect((await call("POST", `/api/bookings/${one.body.id}/cancel`, {}, key)).status).toBe(200);
    const other = await call("POST", `/api/bookings/${two.body.id}/cancel`, {}, key);
    expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
    expect((await call("GET", `/api/bookings/${two.body.id}`)).body.status).toBe("confirmed");
  });

  test("stores successes alone: after a refusal the key is free", async () => {
    const call = as(harness(), await addPerson(harness()));
    const first = await call("POST", "/api/bookings", body);
    const key = { "Idempotency-Key": "later" };
    expect((await call("POST", "/api/bookings", body, key)).status).toBe(409);
    await call("DELETE", `/api/bookings/${first.body.id}`);
    expect((await call("POST", "/api/bookings", body, key)).status).toBe(201);
  });

  test("replays before If-Match is looked at, and works for a cancel that changes nothing", async () => {
    const call = as(harness(), await addPerson(harness()));
    const { body: made } = await call("POST", "/api/bookings", body);
    const path = `/api/bookings/${made.id}/cancel`;
    const headers = { "Idempotency-Key": "c", "If-Match": '"1"' };
    const first = await call("POST", path, { reason: "x" }, headers);
    expect((await call("POST", path, { reason: "x" }, headers)).text).toBe(first.text);
    const again = await call("POST", path, { reason: "y" }, { "Idempotency-Key": "d" });
    expect((await call("POST", path, { reason: "y" }, { "Idempotency-Key": "d" })).text).toBe(again.text);
    expect(again.body.version).toBe(2);
  });

  test("is the caller's own, lasts seven days, and is purged after", async () => {
    const [one, two] = [await addPerson(harness()), await addPerson(harness())];
    const key = { "Idempotency-Key": "shared" };
    const first = await as(harness(), one)("POST", "/api/bookings", body, key);
    const other = await as(harness(), two)("POST", "/api/bookings", body, key);
    expect(other.body.ownerId).toBe(two.id);
    const { store, clock } = harness().context;
    const aged = { ...((await store.receipts.find(one.id, "shared")) ?? { createdAt: clock.now() }) };
    expect(await store.receipts.purge(aged.createdAt)).toBe(0);
    const { purgeReceipts } = await import("../../worker/processors/purge-receipts.ts");
    harness().clock.advance(7 * 24 * 3_600_000 + 1);
    await purgeReceipts({ store, clock });
    expect(await store.receipts.find(one.id, "shared")).toBeNull();
    expect(first.status).toBe(201);
  });

  test.each(["", "x".repeat(256), "ä"])("is refused when it is %p", async (key) => {
    const call = as(harness(), await addPerson(harness()));
    const answer = await call("POST", "/api/bookings", body, { "Idempotency-Key": key });
    expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, "Idempotency-Key"]);
  });

  test("is free again after seven days, purged or not, and kept for another seven", async () => {
    const { clock } = harness();
    const who = await addPerson(harness());
    const { tokens, store } = harness().context;
    /** The caller, with a token of now: the first one has ended when a day is over. */
    const call = async (title: string) => {
      const { user, session } =
        (await store.sessions.withUser(JSON.parse(atob(who.token.split(".")[1] ?? "")).sid)) ?? {};
      const token = await tokens.signAccess(user as never, session as never, clock.now());
      return as(harness(), { ...who, token })(
        "POST",
        "/api/bookings",
        { ...body, title },
        { "Idempotency-Key": "week" },
      );
    };
    const cancel = async (id: string) =>
      runSql(harness().database.url, `update claims set blocking = false where id = '${id}'`);
    const first = await call("First");
    expect(first.status).toBe(201);
    clock.advance(7 * 24 * 3_600_000 - 1);
    expect((await call("First")).text).toBe(first.text);
    expect((await call("Second")).status).toBe(422);
    clock.advance(1);
    // The moment it no longer counts, even the very same request is a new one, and is refused like one.
    expect((await call("First")).status).toBe(409);
    await cancel(first.body.id);
    const again = await call("First");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(again.body.id).not.toBe(first.body.id);
    expect((await call("First")).text).toBe(again.text);
    clock.advance(7 * 24 * 3_600_000 - 1);
    expect((await call("First")).text).toBe(again.text);
    const kept = await runSql(
      harness().database.url,
      `select key from receipts where caller_id = '${who.id}'`,
    );
    expect(kept).toHaveLength(1);
  });

  test("that has expired makes one booking of forty requests at once", async () => {
    const { clock, context } = harness();
    const who = await addPerson(harness());
    const receipt = {
      organizationId: who.organizationId,
      callerId: who.id,
      key: "old",
      fingerprint: "f",
      status: 201,
      body: "{}",
      location: null,
      etag: null,
      createdAt: new Date(clock.now().getTime() - 8 * 24 * 3_600_000),
    };
    await context.store.commit({ insert: { receipts: [receipt] } });
    const call = as(harness(), who);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => call("POST", "/api/bookings", body, { "Idempotency-Key": "old" })),
    );
    expect(new Set(answers.map((a) => `${a.status} ${a.text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect((await call("GET", "/api/bookings")).body.data).toHaveLength(1);
  });
});
