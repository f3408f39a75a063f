import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { openPostgres } from "../../db/engines/postgres/open.ts";
import { createStore } from "../../db/store/store.ts";
import { cancel } from "../../src/operations/bookings/cancel.ts";
import { change } from "../../src/operations/bookings/change.ts";
import { create } from "../../src/operations/bookings/create.ts";
import type { Context } from "../../src/operations/context.ts";
import { seedDemo } from "../../src/operations/demo/seed.ts";
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
/** And pages of all indexes of a table: an index read from end to end shows here, and not in the rows. */
const pagesAtMost = 100;

const reminderKind = "websocket-reminder";
/** An address that every booking names. */
const namedEverywhere = "everywhere@example.com";

/** What requests and the worker ask all the time. */
async function hotStatements(context: Context, { people, rooms }: World, year: number) {
  const { store } = context;
  const [admin] = people as [World["people"][number]];
  const org = admin.organizationId;
  const actor = { organizationId: org, userId: admin.id, role: "admin" as const, sessionId: "" };
  let hour = 0;
  const free = () => {
    const start = Date.UTC(year, 0, 1, hour++);
    const times = { startTime: new Date(start), endTime: new Date(start + 60_000) };
    const rest = { description: null, location: null, attendees: [], metadata: {}, quantity: 1 };
    return { title: "B", ...times, ...rest, resourceId: rooms[0] ?? "" };
  };
  const made = await create(context, actor, free());
  const week = { startTime: made.startTime, endTime: new Date(made.startTime.getTime() + 7 * 86_400_000) };
  const page = { limit: 20 };
  const inOrder = { ...page, sort: "startTime" } as const;
  const latest = { ...page, sort: "-time" } as const;
  const after = { value: made.startTime, id: made.id };
  const now = new Date();
  const claim = { now, until: new Date(now.getTime() + 60_000) };
  const { bookings, users, sessions, resources, reminders, events, receipts, audit, tasks, apiKeys, links } =
    store;
  const { erasure } = store;
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
      tasks.ofSubject(org, { subjectId: made.id, kinds: [reminderKind] }, { ...page, sort: "dueAt" }),
    "reminders.withBookings": () => reminders.withBookings([Bun.randomUUIDv7()]),
    "tasks.lease": () => tasks.lease(reminderKind, [Bun.randomUUIDv7()], claim),
    "tasks.leaseDue": () => tasks.leaseDue(reminderKind, 50, claim),
    "tasks.toQueue": () =>
      tasks.toQueue(reminderKind, { until: claim.until, overdue: now, queuedBefore: now }, 100),
    "tasks.nextAttemptAt": () => tasks.nextAttemptAt(reminderKind),
    "links.unusedOf": () => links.unusedOf(admin.id),
    "events.ofSubject": () => events.ofSubject(org, made.id, { ...page, sort: "version" }),
    "events.after": () => events.after(end, 100),
    "events.ofBookings, of an owner": () =>
      events.ofBookings(org, { after: end, upTo: end, since: new Date(0), ownerId: admin.id }, 100),
    "events.issued": () => events.issued(end),
    "events.end": () => events.end(),
    "events.unsettledSince": () => events.unsettledSince(),
    "erasure.mentionsOf": () => erasure.mentionsOf(org, namedEverywhere, 20),
    "erasure.forgetMention": () => erasure.forgetMention(org, namedEverywhere, made.id),
    "sessions.ofUser": () => sessions.ofUser(admin.id, { ...page, sort: "createdAt" }),
    "audit.list": () => audit.list(org, {}, latest),
    "audit.list, the next page": () => audit.list(org, {}, { ...latest, after: { ...after, value: now } }),
    "audit.list, of an actor": () => audit.list(org, { actorId: admin.id }, latest),
    "audit.list, of an actor who did nothing": () => audit.list(org, { actorId: made.id }, latest),
    "audit.list, of a subject": () => audit.list(org, { subjectId: made.id }, latest),
    "audit.list, of an actor on a subject": () =>
      audit.list(org, { actorId: admin.id, subjectId: made.id }, latest),
  };
  return statements;
}

/**
 * Bursts of rows, as many requests would leave them, up to the `to`th: as many people and resources as bookings, and
 * the bookings on 100 of them, half of the caller's, half of 100 others'.
 */
async function grow({ database, rooms: [room], people }: World, from: number, to: number): Promise<void> {
  const [{ id: owner, organizationId }] = people as [World["people"][number]];
  const id = (kind: string, n: string) => `md5('${kind}' || (${n}))::uuid`;
  const recent = `id in (select ${id("booking", "n")} from generate_series(${from + 1}, ${to}) as n)`;
  // Not with a temporary table: the first one of a database makes every connection forget its plans.
  await runSql(
    database.url,
    `set session_replication_role = replica;
     insert into users select (jsonb_populate_record(users, jsonb_build_object(
         'id', ${id("user", "n")}, 'email', n || '@example.org', 'role', 'user', 'calendar_id', ${id("calendar", "n")}))).*
       from users, generate_series(${from}, ${Math.max(to - 1, 99)}) as n where id = '${owner}' on conflict do nothing;
     insert into resources select (jsonb_populate_record(resources, jsonb_build_object('id', ${id("resource", "n")}))).*
       from resources, generate_series(${from}, ${Math.max(to - 1, 99)}) as n where name = 'Room' and id = '${room}' on conflict do nothing;
     insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
         attendees, metadata, reminders, version, created_at, updated_at)
       select ${id("booking", "n")}, '${organizationId}', case when n % 2 = 0 then '${owner}' else ${id("user", "n % 100")} end,
         ${id("resource", "n / 7 % 100")}, 'B',
         timestamptz '2030-01-01' + n * interval '10 minutes', timestamptz '2030-01-01 00:30' + n * interval '10 minutes',
         'confirmed', 1, '[]', '{}', '[]', 1, timestamptz '2026-01-01' + n * interval '1 second', now()
       from generate_series(${from + 1}, ${to}) as n;
     insert into mentions (organization_id, address, booking_id)
       select organization_id, '${namedEverywhere}', id from bookings where ${recent};
     insert into claims (id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, exclusive, decided_at)
       select id, 0, organization_id, resource_id, start_time, end_time, 1, true, false, created_at from bookings where ${recent};
     insert into events (id, organization_id, subject_type, subject_id, version, type, actor_id, owner_id, resource_id, data, time)
       select gen_random_uuid(), organization_id, 'booking', id, 1, 'booking.created', owner_id, owner_id, resource_id, '{}', created_at
       from bookings where ${recent};
     insert into receipts (organization_id, caller_id, key, fingerprint, status, body, created_at)
       select organization_id, owner_id, id::text, '', 201, '{}', now() from bookings where ${recent};
     insert into tasks (id, organization_id, kind, subject_id, key, state, due_at, attempts, attempt_at, data, created_at, updated_at)
       select gen_random_uuid(), organization_id, '${reminderKind}', id, '1/10', 'scheduled', start_time, 0, start_time, '{}', now(), now()
       from bookings where ${recent}`,
  );
}

const grown = ["bookings", "mentions", "claims", "events", "receipts", "tasks", "resources", "users"];
/** Connections make their plans when there are so many bookings: of each size, other plans look equally good. */
const allSizes = [0, 30, 300, 500, 3_000];

type Seen = { name: string; table: string; planned: number; scans: number; read: number; pages: number };

/** What statements whose plans were made while the tables were smaller look at when they have grown. */
async function afterGrowth({
  settings = {},
  analyze = false,
  sizes = allSizes,
}: {
  settings?: Record<string, string>;
  /** All tables, before any of them has a booking. */
  analyze?: boolean;
  sizes?: number[];
} = {}) {
  const cluster = await startCluster(["autovacuum=off"]);
  try {
    const world = await createWorld("postgres", { capacities: [1], server: cluster.url, people: 1 });
    const { url } = world.database;
    if (analyze) await runSql(url, "analyze");
    const connections: Awaited<ReturnType<typeof connect>>[] = [];
    const connect = async (planned: number) => {
      const engine = await openPostgres(url, { pool: 1 });
      const run = (statement: string) => engine.db.execute(sql.raw(statement));
      for (const [name, value] of Object.entries(settings)) await run(`set ${name} = ${value}`);
      const store = { ...createStore(engine), refreshStatistics: async () => {} };
      const context = testContext(store, systemClock);
      // Many bookings in one commit, before there is any: its triggers plan on tables without a page.
      if (planned === 0) await seedDemo(context, { bookings: 3_000, password: "password123" });
      const statements = await hotStatements(context, world, 2050 + connections.length);
      for (let n = 0; n < timesWhileSmall; n++) for (const ask of Object.values(statements)) await ask();
      // Otherwise this connection reports what it has read when it has been idle for ten seconds.
      await run("select pg_stat_force_next_flush()");
      return { planned, engine, run, statements };
    };
    let from = 0;
    for (const to of sizes) {
      if (to > from) await grow(world, from, to);
      connections.push(await connect(to));
      from = to;
    }
    await grow(world, from, from + rows);
    const seen: Seen[] = [];
    for (const { planned, engine, run, statements } of connections) {
      for (const [name, ask] of Object.entries(statements)) {
        await run("select pg_stat_force_next_flush()");
        await run("select pg_stat_reset()");
        await ask();
        await run("select pg_stat_force_next_flush()");
        const found =
          await run(`select relname as table, seq_scan::integer as scans, (seq_tup_read + idx_tup_fetch)::integer as read,
            (idx_blks_hit + idx_blks_read)::integer as pages
          from pg_stat_user_tables join pg_statio_user_tables using (relid, relname) where relname in ('${grown.join("', '")}')`);
        seen.push(...(found as unknown as Seen[]).map((row) => ({ ...row, planned, name })));
      }
      await engine.close();
    }
    return seen.filter(({ scans, read, pages }) => scans > 0 || read > rowsAtMost || pages > pagesAtMost);
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
    "find them also when the tables were analyzed while empty",
    async () => {
      expect(await afterGrowth({ analyze: true, sizes: [0] })).toEqual([]);
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
