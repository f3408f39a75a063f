import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { openPostgres } from "../../db/engines/postgres/open.ts";
import { createStore } from "../../db/store/store.ts";
import { cancel } from "../../src/operations/bookings/cancel.ts";
import { change } from "../../src/operations/bookings/change.ts";
import { create } from "../../src/operations/bookings/create.ts";
import type { Context } from "../../src/operations/context.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { startCluster } from "../support/cluster.ts";
import { describeOnPostgres, runSql } from "../support/databases.ts";
import { testContext } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";
import { createWorld, type World } from "./world.ts";

const minute = 60_000;
const rows = sized("ROWS", 5_000);
/** More than enough for Postgres to settle for one plan: it does after the sixth time. */
const timesWhileSmall = 8;
/** Rows that a statement may look at to answer with one page. */
const rowsAtMost = 1_000;

const kind = "websocket-reminder";

/** What requests and the worker ask all the time. */
async function hotStatements(context: Context, { people, rooms }: World) {
  const { store } = context;
  const [admin] = people as [World["people"][number]];
  const org = admin.organizationId;
  const actor = { organizationId: org, userId: admin.id, role: "admin" as const, sessionId: "" };
  let hour = 0;
  const free = () => {
    const start = Date.UTC(2050, 0, 1, hour++);
    const times = { startTime: new Date(start), endTime: new Date(start + 60_000) };
    const rest = { description: null, location: null, attendees: [], metadata: {}, quantity: 1 };
    return { title: "B", ...times, ...rest, resourceId: rooms[0] ?? "" };
  };
  const made = await create(context, actor, free());
  const week = { startTime: made.startTime, endTime: new Date(made.startTime.getTime() + 7 * 86_400_000) };
  const page = { limit: 20 };
  const inOrder = { ...page, sort: "startTime" } as const;
  const after = { value: made.startTime, id: made.id };
  const now = new Date();
  const claim = { now, until: new Date(now.getTime() + 60_000) };
  const { bookings, users, sessions, resources, reminders, events, receipts, audit, tasks, apiKeys, links } =
    store;
  const end = await events.end();
  const statements: Record<string, () => Promise<unknown>> = {
    "a booking is made": () => create(context, actor, free()),
    "a booking is moved": () => {
      const { startTime, endTime } = free();
      return change(context, actor, made.id, { startTime, endTime });
    },
    "a booking is cancelled": async () => cancel(context, actor, (await create(context, actor, free())).id),
    "bookings.byId": () => bookings.byId(org, made.id),
    "bookings.byIds": () => bookings.byIds([{ organizationId: org, id: made.id }]),
    "bookings.list": () => bookings.list(org, {}, inOrder),
    "bookings.list, the next page": () => bookings.list(org, {}, { ...inOrder, after }),
    "bookings.list, the latest": () => bookings.list(org, {}, { ...page, sort: "-createdAt" }),
    "bookings.list, of an owner": () => bookings.list(org, { ownerId: admin.id }, inOrder),
    "bookings.list, the latest of an owner": () =>
      bookings.list(org, { ownerId: admin.id }, { ...page, sort: "-createdAt" }),
    "bookings.list, of a resource": () => bookings.list(org, { resourceId: rooms[0] ?? "" }, inOrder),
    "bookings.list, an interval": () =>
      bookings.list(org, { from: week.startTime, to: week.endTime }, inOrder),
    "bookings.overlapping": () => bookings.overlapping(rooms[0] ?? "", week, 21),
    "resources.busy": () => resources.busy(rooms[0] ?? "", week),
    "resources.byId": () => resources.byId(org, rooms[0] ?? ""),
    "resources.list": () => resources.list(org, {}, { ...page, sort: "createdAt" }),
    "users.byId": () => users.byId(org, admin.id),
    "users.byEmail": () => users.byEmail(admin.email),
    "users.list": () => users.list(org, {}, { ...page, sort: "createdAt" }),
    "sessions.withUser": () => sessions.withUser(Bun.randomUUIDv7()),
    "apiKeys.byId": () => apiKeys.byId(Bun.randomUUIDv7()),
    "receipts.find": () => receipts.find(admin.id, "no such key"),
    "receipts.purge": () => receipts.purge(new Date(0)),
    "tasks.ofSubject": () =>
      tasks.ofSubject(org, { subjectId: made.id, kinds: [kind] }, { ...page, sort: "dueAt" }),
    "reminders.withBookings": () => reminders.withBookings([Bun.randomUUIDv7()]),
    "tasks.lease": () => tasks.lease(kind, [Bun.randomUUIDv7()], claim),
    "tasks.leaseDue": () => tasks.leaseDue(kind, 50, claim),
    "tasks.toQueue": () => tasks.toQueue(kind, { until: claim.until, overdue: now, queuedBefore: now }, 100),
    "tasks.nextAttemptAt": () => tasks.nextAttemptAt(kind),
    "links.unusedOf": () => links.unusedOf(admin.id),
    "events.ofSubject": () => events.ofSubject(org, made.id, { ...page, sort: "version" }),
    "events.after": () => events.after(end, 100),
    "events.ofBookings, of an owner": () =>
      events.ofBookings(org, { after: end, upTo: end, since: new Date(0), ownerId: admin.id }, 100),
    "events.issued": () => events.issued(end),
    "events.end": () => events.end(),
    "events.unsettledSince": () => events.unsettledSince(),
    "audit.list": () => audit.list(org, {}, { ...page, sort: "-time" }),
    "audit.list, of a subject": () => audit.list(org, { subjectId: made.id }, { ...page, sort: "-time" }),
  };
  return statements;
}

/** A burst of rows, as many requests would leave them: of 100 owners, on 100 resources. */
async function grow(url: string): Promise<void> {
  const id = (kind: string, n: string) => `md5('${kind}' || (${n}))::uuid`;
  await runSql(
    url,
    `set session_replication_role = replica;
     create temp table one as select organization_id, id as owner_id from users where role = 'admin';
     insert into users select (jsonb_populate_record(users, jsonb_build_object(
         'id', ${id("user", "n")}, 'email', n || '@example.org', 'role', 'user', 'calendar_id', ${id("calendar", "n")}))).*
       from users, generate_series(0, 99) as n where role = 'admin';
     insert into resources select (jsonb_populate_record(resources, jsonb_build_object('id', ${id("resource", "n")}))).*
       from resources, generate_series(0, 99) as n where name = 'Room';
     insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
         attendees, metadata, reminders, version, created_at, updated_at)
       select ${id("booking", "n")}, organization_id, ${id("user", "n % 100")}, ${id("resource", "n / 7 % 100")}, 'B',
         timestamptz '2030-01-01' + n * interval '10 minutes', timestamptz '2030-01-01 00:30' + n * interval '10 minutes',
         'confirmed', 1, '[]', '{}', '[]', 1, timestamptz '2026-01-01' + n * interval '1 second', now()
       from one, generate_series(1, ${rows}) as n;
     insert into claims (id, organization_id, resource_id, start_time, end_time, quantity, blocking, exclusive)
       select id, organization_id, resource_id, start_time, end_time, 1, true, false from bookings where created_at < '2026-06-01';
     insert into events (id, organization_id, subject_type, subject_id, version, type, actor_id, owner_id, resource_id, data, time)
       select gen_random_uuid(), organization_id, 'booking', id, 1, 'booking.created', owner_id, owner_id, resource_id, '{}', created_at
       from bookings where created_at < '2026-06-01';
     insert into receipts (organization_id, caller_id, key, fingerprint, status, body, created_at)
       select organization_id, owner_id, id::text, '', 201, '{}', now() from bookings where created_at < '2026-06-01';
     insert into tasks (id, organization_id, kind, subject_id, key, state, due_at, attempts, attempt_at, data, created_at, updated_at)
       select gen_random_uuid(), organization_id, '${kind}', id, '1/10', 'scheduled', start_time, 0, start_time, '{}', now(), now()
       from bookings where created_at < '2026-06-01'`,
  );
}

const grown = ["bookings", "claims", "events", "receipts", "tasks"];

/** What statements whose plans were made while the tables were empty look at when they are not, by statement. */
async function afterGrowth({ settings = {} }: { settings?: Record<string, string> } = {}) {
  const cluster = await startCluster(["autovacuum=off"]);
  try {
    const world = await createWorld("postgres", { capacities: [1], server: cluster.url, people: 1 });
    const engine = await openPostgres(world.database.url, { pool: 1 });
    const run = (statement: string) => engine.db.execute(sql.raw(statement));
    for (const [name, value] of Object.entries(settings)) await run(`set ${name} = ${value}`);
    const context = testContext(createStore(engine), systemClock);
    const statements = await hotStatements(context, world);
    for (let n = 0; n < timesWhileSmall; n++) for (const ask of Object.values(statements)) await ask();
    await grow(world.database.url);
    const seen: { name: string; table: string; scans: number; read: number }[] = [];
    for (const [name, ask] of Object.entries(statements)) {
      await run("select pg_stat_force_next_flush()");
      await run("select pg_stat_reset()");
      await ask();
      await run("select pg_stat_force_next_flush()");
      const found =
        await run(`select relname as table, seq_scan::integer as scans, (seq_tup_read + idx_tup_fetch)::integer as read
        from pg_stat_user_tables where relname in ('${grown.join("', '")}')`);
      seen.push(...(found as unknown as typeof seen).map((row) => ({ ...row, name })));
    }
    await engine.close();
    return seen.filter(({ scans, read }) => scans > 0 || read > rowsAtMost);
  } finally {
    await cluster.stop();
  }
}

describeOnPostgres("statements whose plans were made while the tables were empty", () => {
  test(
    "find their rows by an index when the tables have grown, and were never analyzed",
    async () => {
      expect(await afterGrowth()).toEqual([]);
      measured("P3", `plans made on empty tables: no scan of ${rows} rows`);
    },
    5 * minute,
  );

  test(
    "read whole tables where the planner may choose to (mutant)",
    async () => {
      const found = await afterGrowth({ settings: { enable_seqscan: "on" } });
      expect(found.map(({ table }) => table)).toContain("tasks");
    },
    5 * minute,
  );
});
