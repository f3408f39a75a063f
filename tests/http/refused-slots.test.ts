import { expect, test } from "bun:test";
import { cachingStore } from "../../src/cache/caching-store.ts";
import type { Store } from "../../src/ports/store.ts";
import { as, type Call } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

const at = (hours: number) => new Date(Date.UTC(2027, 5, 1) + hours * 3_600_000).toISOString();
const times = (from: number, to: number) => ({ startTime: at(from), endTime: at(to) });

onEveryEngine("a refused slot", (engine) => {
  const harness = useHarness(engine);
  const start = async (capacity = 1) => {
    const person = await addPerson(harness(), "admin");
    const call = as(harness(), person);
    const { body: room } = await call("POST", "/api/resources", { name: "Room", capacity });
    const body = { title: "B", resourceId: room.id as string };
    return { person, call, room, body };
  };

  test("is explained without the claim of the booking that moves", async () => {
    const { call, body } = await start(3);
    const { body: mine } = await call("POST", "/api/bookings", { ...body, ...times(10, 11), quantity: 2 });
    await call("POST", "/api/bookings", { ...body, ...times(11.5, 12.5), quantity: 2 });
    const move = (to: object) => call("PATCH", `/api/bookings/${mine.id}`, to);
    const refused = await move(times(10.5, 11.75));
    expect(refused.status).toBe(409);
    expect(refused.body.conflicts.map(({ startTime }: { startTime: string }) => startTime)).toEqual([
      at(11.5),
    ]);
    expect(refused.body.alternatives[0]).toEqual(times(10.25, 11.5));
    expect((await move(refused.body.alternatives[0])).status).toBe(200);
  });

  test("is offered others that can be booked: none in the past, none beyond the last instant", async () => {
    const { call, body } = await start();
    const last = new Date(Date.UTC(9001, 0, 1) - 1);
    const hourBefore = (end: Date, hours: number) => ({
      startTime: new Date(end.getTime() - hours * 3_600_000).toISOString(),
      endTime: end.toISOString(),
    });
    for (const slot of [hourBefore(last, 1), hourBefore(last, 3)]) {
      await call("POST", "/api/bookings", { ...body, ...hourBefore(last, 1) });
      const { status, body: refused } = await call("POST", "/api/bookings", { ...body, ...slot });
      expect([status, refused.alternatives.length]).toEqual([409, 3]);
      for (const option of refused.alternatives) {
        const made = await call("POST", "/api/bookings", { ...body, ...option });
        expect([option, made.status]).toEqual([option, 201]);
        await call("DELETE", `/api/bookings/${made.body.id}`);
      }
    }
    const now = harness().clock.now();
    const soon = { startTime: now.toISOString(), endTime: new Date(now.getTime() + 3_600_000).toISOString() };
    await call("POST", "/api/bookings", { ...body, ...soon });
    const { body: refused } = await call("POST", "/api/bookings", { ...body, ...soon });
    expect(refused.alternatives[0]).toEqual({
      startTime: soon.endTime,
      endTime: new Date(now.getTime() + 7_200_000).toISOString(),
    });
    expect(refused.alternatives).toHaveLength(3);
  });

  test("is offered the nearest free ones, also when they are a week away, and none beyond 14 days", async () => {
    const { call, body } = await start();
    await call("POST", "/api/bookings", { ...body, ...times(-24 * 30, 24 * 7) });
    const near = await call("POST", "/api/bookings", { ...body, ...times(10, 11) });
    expect(near.body.alternatives).toEqual([0, 1, 2].map((n) => times(168 + n, 169 + n)));
    await call("POST", "/api/bookings", { ...body, ...times(24 * 7, 24 * 30) });
    const far = await call("POST", "/api/bookings", { ...body, ...times(10, 11) });
    expect([far.status, far.body.alternatives]).toEqual([409, []]);
  });
});

onEveryEngine("a decision on remembered rows", (engine) => {
  const harness = useHarness(engine);
  /** Two instances: the first one changes things, and the second has not heard of it. */
  const instances = async (capacity: number, spoil: (cached: Store) => Store = (store) => store) => {
    const person = await addPerson(harness(), "admin");
    const cache = cachingStore(harness().context.store);
    cache.follow({ watchAgeMs: () => 0 });
    const second = withContext(harness(), { store: spoil(cache.store) });
    const [here, there] = [as(harness(), person), as(second, person)];
    const { body: room } = await here("POST", "/api/resources", { name: "Room", capacity });
    const path = `/api/resources/${room.id}`;
    expect((await there("GET", path)).body.capacity).toBe(capacity);
    const book = (call: Call, more: object = {}) =>
      call("POST", "/api/bookings", { title: "B", resourceId: room.id, ...times(10, 11), ...more });
    return { here, there, path, book };
  };

  test("is made again when the database says no: a lower capacity", async () => {
    const { here, there, path, book } = await instances(3);
    expect((await book(there)).status).toBe(201);
    expect((await here("PATCH", path, { capacity: 1 })).status).toBe(200);
    const refused = await book(there);
    expect([refused.status, refused.body.code, refused.body.alternatives.length]).toEqual([
      409,
      "slot_taken",
      3,
    ]);
  });

  test("is made again when the database says no: more wanted than there now is", async () => {
    const { here, there, path, book } = await instances(3);
    await here("PATCH", path, { capacity: 2 });
    const refused = await book(there, { quantity: 3 });
    expect([refused.status, refused.body.errors?.[0].pointer]).toEqual([400, "/quantity"]);
  });

  test("is made again when the database says no: a move to a narrower resource", async () => {
    const { here, there, path, book } = await instances(2);
    const { body: first } = await book(there);
    await book(there, times(12, 13));
    await here("PATCH", path, { capacity: 1 });
    const moved = await there("PATCH", `/api/bookings/${first.id}`, times(12, 13));
    expect([moved.status, moved.body.code]).toEqual([409, "slot_taken"]);
  });

  test("is no reason to refuse what the database has room for", async () => {
    const { here, there, path, book } = await instances(1);
    await book(there);
    expect((await book(there)).status).toBe(409);
    await here("PATCH", path, { capacity: 2 });
    // Just refused, so that this instance looks before it tries.
    expect((await book(there)).status).toBe(201);
  });

  test("ends with the resource", async () => {
    const { here, there, path, book } = await instances(1);
    await here("DELETE", path);
    expect((await book(there)).body.errors?.[0].pointer).toBe("/resourceId");
  });

  test("made on the same rows again and again ends nowhere (mutant)", async () => {
    const { store } = harness().context;
    const { here, there, path, book } = await instances(2, (cached) => ({ ...cached, commit: store.commit }));
    await book(there);
    await here("PATCH", path, { capacity: 1 });
    expect((await book(there)).status).toBe(503);
  });
});
