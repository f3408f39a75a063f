import { expect, test } from "bun:test";
import { encodeCursor } from "../../src/domain/cursor.ts";
import { create } from "../../src/operations/bookings/create.ts";
import { list } from "../../src/operations/events/list.ts";
import type { LogFilter, Store } from "../../src/ports/store.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";
import { settled } from "../support/settled.ts";

type Told = { event: string; cursor: string; data: { booking: { id: string; title: string } } };
const slot = { title: "B", startTime: "2027-06-01T10:00:00.000Z", endTime: "2027-06-01T11:00:00.000Z" };

onEveryEngine("GET /api/events", (engine) => {
  const harness = useHarness(engine);

  test("can be polled: each event once, in order, with what changed", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const start = (await call("GET", "/api/events")).body;
    expect([start.data, start.pagination.hasMore]).toEqual([[], false]);
    const { body: booking } = await call("POST", "/api/bookings", slot);
    await call("PATCH", `/api/bookings/${booking.id}`, { title: "C" });
    await call("PATCH", `/api/bookings/${booking.id}`, { endTime: "2027-06-01T12:00:00Z" });
    await call("DELETE", `/api/bookings/${booking.id}`);
    await settled(harness().context.store);
    const seen: Told[] = [];
    let after: string = start.pagination.nextCursor;
    for (;;) {
      const { body } = await call("GET", `/api/events?limit=1&after=${after}`);
      seen.push(...body.data);
      after = body.pagination.nextCursor;
      if (!body.pagination.hasMore) break;
    }
    const names = ["booking.created", "booking.updated", "booking.rescheduled", "booking.cancelled"];
    expect(seen.map((told) => told.event)).toEqual(names);
    expect(seen[0]?.data).toEqual({ booking, actorId: person.id } as never);
    expect(seen[1]?.data).toMatchObject({
      booking: { title: "C" },
      changes: { title: { before: "B", after: "C" } },
    });
    const fromSecond = await call("GET", `/api/events?after=${seen[1]?.cursor}`);
    expect(fromSecond.body.data.map((told: Told) => told.event)).toEqual(names.slice(2));
    expect((await call("GET", `/api/events?after=${after}`)).body.data).toEqual([]);
  });

  test("tells users of their own bookings alone, and admins of all", async () => {
    const [one, two, admin] = [
      await addPerson(harness()),
      await addPerson(harness()),
      await addPerson(harness(), "admin"),
    ];
    const { body: booking } = await as(harness(), one)("POST", "/api/bookings", slot);
    await settled(harness().context.store);
    const hears = async (caller: typeof one) => {
      const { body } = await as(harness(), caller)("GET", "/api/events?limit=100");
      return body.data.some((told: Told) => told.data.booking.id === booking.id);
    };
    expect([await hears(one), await hears(two), await hears(admin)]).toEqual([true, false, true]);
  });

  test("a poll begins within retention and ends where the log does, so that the next one passes nothing again", async () => {
    const { context, clock } = harness();
    const [person, other] = [await addPerson(harness()), await addPerson(harness())];
    const asked: LogFilter[] = [];
    const ofBookings: Store["events"]["ofBookings"] = (id, filter, limit) => {
      asked.push(filter);
      return context.store.events.ofBookings(id, filter, limit);
    };
    const { store } = context;
    const watching = { ...context, store: { ...store, events: { ...store.events, ofBookings } } };
    const actor = (owner: typeof person) => ({
      organizationId: owner.organizationId,
      userId: owner.id,
      role: "user" as const,
      sessionId: "",
    });
    const poll = (after?: string) => list(watching, actor(person), { after, limit: 5 });
    await as(harness(), person)("POST", "/api/bookings", { ...slot, title: "Old" });
    // The day before is beyond the margin of clocks, and the first event after it is the first that is told.
    clock.advance(31 * 24 * 3_600_000);
    const title = "First since";
    const times = { startTime: new Date("2027-07-01T10:00:00Z"), endTime: new Date("2027-07-01T11:00:00Z") };
    const fields = { title, description: null, location: null, attendees: [], metadata: {}, quantity: 1 };
    const made = await create(context, actor(person), { ...fields, ...times });
    await create(context, actor(other), { ...fields, ...times });
    await settled(store);
    const first = await poll();
    expect(first.events.map(({ subjectId }) => subjectId)).toEqual([made.id]);
    expect(asked[0]?.after).toBe((await store.events.positionBefore(clock.now())) ?? "none");
    const end = await store.events.end();
    const second = await poll(first.nextCursor);
    expect([second.events, second.hasMore, asked[1]?.after, asked[1]?.upTo]).toEqual([[], false, end, end]);
    await create(context, actor(other), {
      ...fields,
      ...times,
      startTime: new Date("2027-07-02T10:00:00Z"),
      endTime: new Date("2027-07-02T11:00:00Z"),
    });
    await settled(store);
    const third = await poll(second.nextCursor);
    await poll(third.nextCursor);
    // Nothing of one's own, and yet the cursor has moved on.
    expect([third.events, asked[3]?.after]).toEqual([[], await store.events.end()]);
  });

  test("refuses what no log can have issued as a bad request", async () => {
    const call = as(harness(), await addPerson(harness()));
    const [id, now] = [crypto.randomUUID(), Date.now()];
    const texts = [
      "1 x",
      `${now} 1`,
      `x ${now}  1`,
      `${id} ${now} x 1`,
      ...["", "1:2", "1:2:3:4", "9".repeat(21)].map((position) => `${id} ${now} ${id} ${position}`),
    ];
    for (const after of ["x", ...texts.map((text) => Buffer.from(text).toString("base64url"))]) {
      const answer = await call("GET", `/api/events?after=${after}`);
      expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, "after"]);
    }
  });

  test("answers 410 to a cursor of another engine or log, and to one that this log has not reached", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const cursor = (position: string, eventId: string | null) =>
      encodeCursor({
        organizationId: person.organizationId,
        time: harness().clock.now(),
        eventId,
        position,
      });
    await call("POST", "/api/bookings", slot);
    const { store } = harness().context;
    const end = await store.events.end();
    const numbers = end.split(":").map(BigInt);
    // The end of this log, with one of its numbers moved.
    const moved = (index: number, by: bigint) =>
      numbers.map((number, at) => (at === index ? number + by : number)).join(":");
    const largest = "9".repeat(20);
    const others =
      engine !== "postgres"
        ? ["1:2:3", "0:0:0", "1", moved(0, 1n), moved(0, 1_000_000n), largest]
        : [
            "0",
            "1",
            "1:2:3",
            moved(0, 1n),
            moved(0, -1n),
            moved(1, 1_000_000_000n),
            moved(2, 1_000_000_000n),
          ].concat(`${largest}:1:1`, `1:${largest}:1`, `1:1:${largest}`);
    for (const position of others) {
      const after = cursor(position, crypto.randomUUID());
      const answer = await call("GET", `/api/events?after=${after}`);
      expect([position, answer.status, answer.body.code]).toEqual([position, 410, "cursor_expired"]);
    }
    for (const position of [end, store.events.beginning])
      for (const eventId of [crypto.randomUUID(), null]) {
        const after = cursor(position, eventId);
        expect((await call("GET", `/api/events?after=${after}`)).status).toBe(200);
      }
    // Another organization's, although its event and its position are of this log.
    const { organizationId: home } = person;
    const { data } = (await call("GET", "/api/events")).body;
    const foreign = { organizationId: crypto.randomUUID(), eventId: data[0].id, position: end };
    const own = { ...foreign, organizationId: home };
    const poll = (asked: typeof own) =>
      call("GET", `/api/events?after=${encodeCursor({ ...asked, time: harness().clock.now() })}`);
    expect([(await poll(foreign)).status, (await poll(own)).status]).toEqual([410, 200]);
  });

  test("refuses a cursor that is too old", async () => {
    const call = as(harness(), await addPerson(harness()));
    const { nextCursor } = (await call("GET", "/api/events")).body.pagination;
    harness().clock.advance(30 * 24 * 3_600_000 + 1);
    const person = await addPerson(harness());
    const late = await as(harness(), person)("GET", `/api/events?after=${nextCursor}`);
    expect([late.status, late.body.code]).toEqual([410, "cursor_expired"]);
  });
});
