import { afterAll, beforeAll, expect, test } from "bun:test";
import { inArray, sql } from "drizzle-orm";
import type { Engine } from "../../db/engines/engine.ts";
import { openPostgres } from "../../db/engines/postgres/open.ts";
import { createStore } from "../../db/store/store.ts";
import type { BookingStatus } from "../../src/domain/bookings/status.ts";
import type { Change } from "../../src/domain/change.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { slot, workbench } from "../support/changes.ts";
import { createDatabase, describeOnPostgres, type TestDatabase } from "../support/databases.ts";
import { testContext } from "../support/harness.ts";

const ids = (n: number) => Array.from({ length: n }, () => Bun.randomUUIDv7());
const page = { limit: 5, sort: "createdAt" } as const;
const claim = { now: new Date(), until: new Date(Date.now() + 60_000) };
const org = Bun.randomUUIDv7();

/** Every list and every text that a caller chooses, of a length. */
const lists: Record<string, (store: Store, n: number) => Promise<unknown>> = {
  "statuses of bookings": (store, n) =>
    store.bookings.list(org, { status: Array(n).fill("cancelled") as BookingStatus[] }, page),
  "text in titles": (store, n) => store.bookings.list(org, { q: "x".repeat(n) }, page),
  "pages of bookings": (store, n) =>
    store.bookings.list(org, { from: new Date(n) }, { limit: n, sort: "startTime", page: n + 1 }),
  "cursors of bookings": (store, n) =>
    store.bookings.list(org, {}, { ...page, after: { value: new Date(n), id: Bun.randomUUIDv7() } }),
  "ids of bookings": (store, n) => store.bookings.byIds(ids(n).map((id) => ({ organizationId: org, id }))),
  "text in names of resources": (store, n) => store.resources.list(org, { q: "x".repeat(n) }, page),
  "text in names of users": (store, n) => store.users.list(org, { q: "x".repeat(n) }, page),
  "types in the audit": (store, n) =>
    store.audit.list(org, { type: "x".repeat(n) }, { limit: n, sort: "-time", page: n + 1 }),
  "reminders to send": (store, n) => store.reminders.withBookings(ids(n)),
  "tasks to lease": (store, n) => store.tasks.lease("x", ids(n), claim),
  "tasks that are queued": (store, n) => store.tasks.markQueued(ids(n), claim.now),
  "tasks to retry": (store, n) => store.tasks.retryFailed(claim.now, ids(n)),
  "events of a page": (store, n) => store.events.after(store.events.beginning, n),
  "keys of receipts": (store, n) => store.receipts.find(org, "k".repeat(n)),
};

describeOnPostgres("the text of a statement", () => {
  let database: TestDatabase;
  let engine: Engine;
  let store: Store;
  beforeAll(async () => {
    database = await createDatabase("postgres");
    engine = await openPostgres(database.url, { pool: 1 });
    store = createStore(engine);
    await install(testContext(store, systemClock));
  });
  afterAll(async () => {
    await engine.close();
    await database.drop();
  });

  /** How many statements the one connection has prepared. */
  const prepared = async () => {
    const rows = await engine.db.execute(sql`select count(*)::int as n from pg_prepared_statements`);
    return Number((rows as unknown as { n: number }[])[0]?.n);
  };
  /** How many texts come by asking for other lengths and values. */
  const growth = async (ask: (n: number) => Promise<unknown>) => {
    await ask(1);
    await prepared();
    const before = await prepared();
    for (const n of [2, 3, 7, 20, 45]) await ask(n);
    return (await prepared()) - before;
  };

  test.each(Object.entries(lists))("does not depend on a value or a length: %s", async (_, ask) => {
    expect(await growth((n) => ask(store, n))).toBe(0);
  });

  test("does not depend on how many refusals are written", async () => {
    const home = (await store.organizations.bySlug("default"))?.id ?? "";
    const refused = () => ({
      id: Bun.randomUUIDv7(),
      organizationId: home,
      actorId: null,
      code: "forbidden" as const,
      data: { code: "forbidden" as const, count: 1, ip: "::1" },
      time: new Date(),
    });
    expect(await growth((n) => store.audit.appendRefusals(Array.from({ length: n }, refused)))).toBe(0);
    const kept = await store.audit.list(home, { type: "request.refused" }, { limit: 100, sort: "-time" });
    expect(kept.rows).toHaveLength(1 + 2 + 3 + 7 + 20 + 45);
    expect(kept.rows[0]).toMatchObject({ subjectId: null, data: { code: "forbidden", count: 1, ip: "::1" } });
  });

  test("does not depend on how much a change writes", async () => {
    const bench = await workbench({ context: testContext(store, systemClock) } as never);
    const room = await bench.resource({ capacity: 1_000 });
    const commit = async (n: number) => {
      const reminders = Array.from({ length: Math.min(n, 10) }, (_, at) => ({
        minutesBefore: at + 1,
        channel: "websocket" as const,
      }));
      const attendees = Array.from({ length: n }, (_, at) => ({ email: `a${at}@example.com`, name: null }));
      const decided = bench.decideBooking(room, { ...slot(0, 1), reminders, attendees });
      expect(await store.commit(decided.change as Change)).toBe("committed");
    };
    expect(await growth(commit)).toBe(0);
  });

  test("that depends on a length is seen (mutant)", async () => {
    const { claims } = engine.tables;
    const ask = (n: number) =>
      engine.db
        .select()
        .from(claims)
        .where(inArray(claims.id, ids(n)));
    expect(await growth(ask)).toBe(5);
  });

  test("is kept by a connection for so many and no more", async () => {
    for (let n = 0; n < 400; n++) await engine.db.execute(sql.raw(`select ${n} as n`));
    expect(await prepared()).toBeLessThanOrEqual(300);
  });
});
