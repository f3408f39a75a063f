import { Queue } from "bullmq";
import { Redis } from "ioredis";
import postgres from "postgres";
import { migrateUp } from "../db/migrate.ts";
import { openStore } from "../db/open.ts";
import { install } from "../src/operations/install.ts";
import { createAdmin } from "../src/operations/users/create-admin.ts";
import { systemClock } from "../src/ports/clock.ts";
import { bunHasher } from "../src/security/argon2.ts";
import { boundedPasswords } from "../src/security/passwords.ts";
import { jobFor } from "../worker/queues/job.ts";
import { median, type Process, start } from "./process.ts";
import { quick, report } from "./report.ts";

/**
 * P7: thousands of reminders that fall due at one instant, from that instant until the last is recorded as sent. Ours is
 * `booking worker`. The limit is a bare BullMQ worker of the same concurrency that makes the same two commits a job.
 * The jobs are in the queue before their time; rounds alternate, each with reminders of its own.
 */
const [count, rounds] = quick ? [3_000, 1] : [20_000, 3];
const server = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";
const redisUrl = process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379";
/** Time enough to put the jobs into the queue. */
const aheadMs = 8_000 + count / 2;

const name = `booking_bench_${crypto.randomUUID().replaceAll("-", "")}`;
const admin = postgres(server, { max: 1, onnotice: () => {} });
await admin.unsafe(`create database ${name}`);
const url = new URL(server);
url.pathname = `/${name}`;
await migrateUp(url.href);
const sql = postgres(url.href, { max: 2, onnotice: () => {} });

const store = await openStore(url.href, { pool: 2 });
const needs = {
  store,
  clock: systemClock,
  newId: () => Bun.randomUUIDv7(),
  passwords: boundedPasswords(bunHasher),
};
await install(needs);
const owner = await createAdmin(needs, {
  email: "bench@example.com",
  name: "Bench",
  password: "password123",
});
const installation = await store.settingOnce("INSTALLATION_ID", crypto.randomUUID());
await store.close();

/** Bookings, each with one reminder that is due at an instant. */
async function plan(dueAt: Date): Promise<string[]> {
  const rows = await sql`
    with made as (
      insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
        attendees, metadata, reminders, version, created_at, updated_at)
      select gen_random_uuid(), ${owner.organizationId}, ${owner.id}, ${owner.calendarId}, 'Booking', ${dueAt},
        ${dueAt}::timestamptz + interval '1 hour', 'confirmed', 1, '[]', '{}',
        '[{"channel": "websocket", "minutesBefore": 0}]', 1, now(), now()
      from generate_series(1, ${count}) returning id, organization_id
    )
    insert into tasks (id, organization_id, kind, subject_id, key, state, due_at, attempts, attempt_at, data,
      created_at, updated_at)
    select gen_random_uuid(), organization_id, 'websocket-reminder', id, '1/0', 'scheduled', ${dueAt}, 0, ${dueAt},
      '{"minutesBefore": 0, "bookingVersion": 1}', now(), now()
    from made returning id`;
  await sql`analyze`;
  return rows.map(({ id }) => String(id));
}

/** Reminders a second, over one round. */
async function round(work: (ids: string[], dueAt: Date) => Promise<Process>): Promise<number> {
  const dueAt = new Date(Date.now() + aheadMs);
  const ids = await plan(dueAt);
  const worker = await work(ids, dueAt);
  if (Date.now() > dueAt.getTime())
    throw new Error("The jobs were not in the queue in time: the round is void.");
  for (;;) {
    await Bun.sleep(200);
    const [open] = await sql`select 1 from tasks where attempt_at is not null limit 1`;
    if (!open) break;
  }
  worker.kill();
  const [last] =
    await sql`select max(done_at) as at, count(*) as n from tasks where done_at is not null and due_at = ${dueAt}`;
  if (Number(last?.n) !== count) throw new Error(`${last?.n} of ${count} were sent.`);
  return (count * 1000) / (last?.at.getTime() - dueAt.getTime());
}

const env = { DATABASE_URL: url.href, REDIS_URL: redisUrl, JOB_PORT: "0", LOG_LEVEL: "error" };
const ours = () =>
  round(async (ids, dueAt) => {
    const worker = start(["src/main.ts", "worker"], { env });
    await worker.printed(/Health +(\S+)/);
    // The sweeper fills the queue. Once they are due, they are worked off, and the round is void.
    while (Date.now() <= dueAt.getTime()) {
      const [queued] =
        await sql`select count(*) as n from tasks where queued_at is not null and attempt_at is not null`;
      if (Number(queued?.n) === ids.length) break;
      await Bun.sleep(50);
    }
    return worker;
  });

const bare = `{bench:${name}}`;
const limit = () =>
  round(async (ids, dueAt) => {
    const [sample] = await sql`select data from events where type = 'booking.reminder' limit 1`;
    const data = JSON.stringify(sample?.data ?? {});
    const worker = start(["bench/bare-worker.ts"], { env: { ...env, QUEUE_PREFIX: bare, EVENT_DATA: data } });
    await worker.printed(/working\./);
    const queue = new Queue("websocket-reminder", { connection: { url: redisUrl }, prefix: bare });
    for (let n = 0; n < ids.length; n += 1_000) {
      const some = ids.slice(n, n + 1_000);
      await queue.addBulk(some.map((id) => jobFor({ id, attempts: 0, attemptAt: dueAt }, new Date())));
    }
    await queue.close();
    return worker;
  });

const rates = { ours: [] as number[], limit: [] as number[] };
for (let n = 0; n < rounds; n++) {
  rates.ours.push(await ours());
  rates.limit.push(await limit());
}

const redis = new Redis(redisUrl);
for (const prefix of [bare, `{booking:${installation}}`]) {
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
}
redis.disconnect();
await sql.end({ timeout: 5 });
await admin.unsafe(`drop database ${name} with (force)`);
await admin.end({ timeout: 5 });

report([
  {
    id: "P7",
    what: `${count} reminders due at once, through the worker`,
    ours: median(rates.ours),
    limit: median(rates.limit),
    unit: "/s",
    target: { least: 0.7 },
  },
]);
process.exit(0);
