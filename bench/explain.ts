import postgres from "postgres";
import { openPostgres } from "../db/engines/postgres/open.ts";
import { createStore } from "../db/store/store.ts";
import { cancel } from "../src/operations/bookings/cancel.ts";
import { change } from "../src/operations/bookings/change.ts";
import { create } from "../src/operations/bookings/create.ts";
import { systemClock } from "../src/ports/clock.ts";
import { noObserver } from "../src/ports/store-observer.ts";
import { testContext } from "../tests/support/harness.ts";
import { quick } from "./report.ts";
import { openWorld } from "./world.ts";

/**
 * The plan of every query of the store with 1,000,000 bookings, as Postgres ran it (auto_explain): a line each with the way to
 * its rows, how many there were, and the pages of 8 KiB that it looked at. `--plans` prints the plans themselves. Ends with 1
 * where a table that has grown was read from end to end. Postgres must let the user load auto_explain: a superuser.
 */
const seeded = quick ? 20_000 : 1_000_000;

const world = await openWorld("postgres", { seeded, env: { LOG_LEVEL: "warn" } });
const direct = postgres(world.databaseUrl, { max: 1, onnotice: () => {} });
await direct.unsafe("vacuum analyze");
const url = new URL(world.databaseUrl);
for (const [name, value] of Object.entries({
  session_preload_libraries: "auto_explain",
  "auto_explain.log_min_duration": "0",
  "auto_explain.log_analyze": "on",
  "auto_explain.log_buffers": "on",
  "auto_explain.log_timing": "off",
  client_min_messages: "log",
}))
  url.searchParams.set(name, value);

let plans: string[] = [];
const observer = { ...noObserver, notice: (text: string) => text.includes("plan:") && void plans.push(text) };
const engine = await openPostgres(url.href, { pool: 1, observer });
const store = createStore(engine);
const context = testContext(store, systemClock);

type Row = Record<string, never>;
const one = async (query: string): Promise<Row> => (await direct.unsafe(query))[0] as unknown as Row;
const organization = await one("select id from organizations where demo");
const booking = await one(
  "select b.*, e.version as at from bookings b join events e on e.subject_id = b.id order by b.id desc limit 1 offset 5000",
);
const admin = await one(
  `select * from users where organization_id = '${organization.id}' and role = 'admin'`,
);
const session = await one("select * from sessions order by id desc limit 1");
const reminder = await one("select * from tasks order by id desc limit 1 offset 500");
const [org, now] = [String(organization.id), new Date()];
const start = booking.start_time as unknown as Date;
const week = { startTime: start, endTime: new Date(start.getTime() + 7 * 86_400_000) };
const page = { limit: 20 };
const latest = { ...page, sort: "-time" } as const;
const after = { value: start, id: String(booking.id) };
const claim = { now, until: new Date(now.getTime() + 60_000) };
const actor = { organizationId: org, userId: String(admin.id), role: "admin" as const, sessionId: "" };
const end = await store.events.end();
const { mark } = await store.events.visibleSince(null);
const whole = { after: store.events.beginning, upTo: end, since: new Date(0) };
/** An organization with next to no bookings, while the other has all of them. */
const few = String((await one("select id from organizations where not demo")).id);
const free = (hours: number) => ({
  title: "Explain",
  description: null,
  location: null,
  attendees: [],
  metadata: {},
  quantity: 1,
  startTime: new Date(Date.UTC(2061, 0, 1, hours)),
  endTime: new Date(Date.UTC(2061, 0, 1, hours + 1)),
});
const made = await create(context, actor, free(0));

const { bookings, users, sessions, resources, reminders, events, receipts, apiKeys, links, audit, tasks } =
  store;
const kind = "websocket-reminder";
const [planned] = await tasks.ofSubjects(org, { subjectIds: [String(reminder.subject_id)], kinds: [kind] });
if (!planned) throw new Error("A booking of the demo data has no reminder.");
const queries: Record<string, () => Promise<unknown>> = {
  "commit: a booking is made": () => create(context, actor, free(2)),
  "commit: it is moved": () =>
    change(context, actor, made.id, { startTime: free(4).startTime, endTime: free(4).endTime }),
  "commit: it is cancelled": () => cancel(context, actor, made.id),
  "bookings.byId": () => bookings.byId(org, String(booking.id)),
  "bookings.byIds": () => bookings.byIds([{ organizationId: org, id: String(booking.id) }]),
  "bookings.list, an interval": () =>
    bookings.list(org, { from: week.startTime, to: week.endTime }, { ...page, sort: "startTime" }),
  "bookings.list, an interval of one owner": () =>
    bookings.list(
      org,
      { from: week.startTime, to: week.endTime, ownerId: String(booking.owner_id) },
      { ...page, sort: "startTime" },
    ),
  "bookings.list, of a resource": () =>
    bookings.list(org, { resourceId: String(booking.resource_id) }, { ...page, sort: "startTime" }),
  "bookings.list, the next page": () => bookings.list(org, {}, { ...page, sort: "startTime", after }),
  "bookings.list, the latest made": () => bookings.list(org, {}, { ...page, sort: "-createdAt" }),
  "bookings.list, of one owner": () =>
    bookings.list(org, { ownerId: String(booking.owner_id) }, { ...page, sort: "-createdAt" }),
  "bookings.list, an interval, the latest made": () =>
    bookings.list(org, { from: week.startTime, to: week.endTime }, { ...page, sort: "-createdAt" }),
  "bookings.list, a title that nobody gave": () =>
    bookings.list(org, { q: "no such title" }, { ...page, sort: "startTime" }),
  "bookings.overlapping": () => bookings.overlapping(String(booking.resource_id), week, 21),
  "resources.busy": () => resources.busy(String(booking.resource_id), week),
  "resources.byId": () => resources.byId(org, String(booking.resource_id)),
  "resources.list": () => resources.list(org, {}, { ...page, sort: "createdAt" }),
  "users.byId": () => users.byId(org, String(admin.id)),
  "users.byEmail": () => users.byEmail(String(admin.email)),
  "users.list": () => users.list(org, {}, { ...page, sort: "createdAt" }),
  "users.toRedact": () => users.toRedact(),
  "sessions.withUser": () => sessions.withUser(String(session.id)),
  "sessions.current": async () => {
    const user = await users.byId(org, String(session.user_id));
    return user && sessions.current(user, new Date(0), 100);
  },
  "sessions.ofUser": () => sessions.ofUser(String(session.user_id), { ...page, sort: "createdAt" }),
  "sessions.purge": () => sessions.purge(new Date(0), 1_000),
  "apiKeys.byId": () => apiKeys.byId(Bun.randomUUIDv7()),
  "receipts.find": () => receipts.find(String(admin.id), "no such key"),
  "receipts.purge": () => receipts.purge(new Date(0)),
  "tasks.ofSubject": () =>
    tasks.ofSubject(org, { subjectId: String(booking.id), kinds: [kind] }, { ...page, sort: "dueAt" }),
  "tasks.ofSubjects": () => tasks.ofSubjects(org, { subjectIds: [String(booking.id)], kinds: [kind] }),
  "reminders.withBookings": () => reminders.withBookings([String(reminder.id)]),
  "tasks.skipped": () => tasks.skipped(kind),
  "tasks.overdue": () => tasks.overdue(kind, now),
  "tasks.lastDone": () => tasks.lastDone(kind, 1_000, new Date(now.getTime() - 86_400_000)),
  "tasks.lease": () => tasks.lease(kind, [String(reminder.id)], claim),
  "tasks.leaseDue": () => tasks.leaseDue(kind, 50, claim),
  "tasks.lease, by an operator": () => tasks.lease(kind, [String(reminder.id)], { ...claim, retry: true }),
  "tasks.markQueued": () => tasks.markQueued([String(reminder.id)], now),
  "tasks.conclude": () => tasks.conclude(planned),
  "tasks.toQueue": () => tasks.toQueue(kind, { until: claim.until, overdue: now, queuedBefore: now }, 100),
  "tasks.nextAttemptAt": () => tasks.nextAttemptAt(kind),
  "tasks.counts": () => tasks.counts(kind, now),
  "tasks.listFailed": () => tasks.listFailed(100),
  "links.unusedOf": () => links.unusedOf(String(admin.id)),
  "events.ofSubject": () => events.ofSubject(org, String(booking.id), { ...page, sort: "version" }),
  "events.after, the tail": () => events.after(end, 500),
  "events.visibleSince": () => events.visibleSince(mark),
  "events.positionBefore, of a first poll": () =>
    events.positionBefore(new Date(now.getTime() - 30 * 86_400_000)),
  "events.ofBookings, of one owner": () =>
    events.ofBookings(org, { ...whole, ownerId: String(booking.owner_id) }, 100),
  "events.ofBookings, of a resource": () =>
    events.ofBookings(org, { ...whole, resourceId: String(booking.resource_id) }, 100),
  "events.ofBookings, of an organization": () => events.ofBookings(org, whole, 100),
  "events.ofBookings, of an organization with few": () => events.ofBookings(few, whole, 100),
  "events.positionOf": () => events.positionOf(org, String(made.id)),
  "events.latestOfBookings": () => events.latestOfBookings(org, end),
  "events.latestOfBookings, of an organization with few": () => events.latestOfBookings(few, end),
  "events.end": () => events.end(),
  "events.unsettledSince": () => events.unsettledSince(),
  "audit.list": () => audit.list(org, {}, latest),
  "audit.list, the next page": () => audit.list(org, {}, { ...latest, after: { ...after, value: now } }),
  "audit.list, the third page": () => audit.list(org, {}, { ...latest, page: 3 }),
  "audit.list, up to long ago": () => audit.list(org, { to: new Date(0) }, latest),
  "audit.list, of a type": () => audit.list(org, { type: "no.such" }, latest),
  "audit.list, of refusals": () => audit.list(org, { type: "request.refused" }, latest),
  "audit.list, of an actor": () => audit.list(org, { actorId: String(booking.owner_id) }, latest),
  "audit.list, of an actor who did nothing": () => audit.list(org, { actorId: String(booking.id) }, latest),
  "audit.list, of a subject": () => audit.list(org, { subjectId: String(booking.id) }, latest),
};

const large = await direct.unsafe(
  "select relname as name from pg_class where relkind = 'r' and reltuples > 10000",
);
let scanned = false;
console.log("| query | found by | rows | pages |\n| - | - | - | - |");
for (const [name, ask] of Object.entries(queries)) {
  // Once before, so that it is planned and what it needs is in memory.
  if (!name.startsWith("commit")) await ask();
  plans = [];
  await ask();
  const mine = plans.map((text) => text.slice(text.indexOf("plan:") + 6));
  const plan = mine.join("\n");
  const ways = [
    ...plan.matchAll(
      /(Seq Scan on (\w+)|(?:Index|Index Only|Bitmap Index) Scan (?:Backward )?(?:using|on) (\w+))/g,
    ),
  ];
  const found = [...new Set(ways.map(([, , table, index]) => index ?? `all of ${table}`))];
  for (const { name: table } of large) if (found.includes(`all of ${table}`)) scanned = true;
  const rows = mine.reduce((sum, text) => sum + Number(/actual rows=([\d.]+)/.exec(text)?.[1] ?? 0), 0);
  const pages = mine.reduce((sum, text) => {
    const [, hit = 0, read = 0] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(text) ?? [];
    return sum + Number(hit) + Number(read);
  }, 0);
  console.log(`| ${name} | ${found.map((way) => `\`${way}\``).join(", ")} | ${rows} | ${pages} |`);
  if (process.argv.includes("--plans")) console.log(`\n${plan}\n`);
}
const [size] = await direct.unsafe("select pg_database_size(current_database()) as bytes");
console.log(
  `\n${Math.round(Number(size?.bytes) / seeded)} bytes a booking, with its claim, event, reminder and indexes.`,
);
await store.close();
await direct.end({ timeout: 5 });
await world.close();
process.exit(scanned ? 1 : 0);
