import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const clients = 16;

/**
 * What Postgres does at most: the rows of a booking in one prepared statement, by the C program that comes with it.
 * Answers transactions a second.
 */
export async function pgbench(databaseUrl: string, seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "booking-pgbench-"));
  const script = join(folder, "create.sql");
  writeFileSync(
    script,
    `\\set r random(1, 1000)
\\set h random(1, 50000000)
\\set k random(0, 1)
with ids as (
  select gen_random_uuid() as id, resource, organization, owner, event, receipt,
    timestamptz '2040-01-01' + :h * interval '30 minutes' as starts
  from bench_resources where n = :r
), claim as (
  insert into claims (id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at)
  select id, 0, organization, resource, starts, starts + interval '30 minutes', 1, true, now() from ids returning 1
), booking as (
  insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
    attendees, metadata, reminders, version, created_at, updated_at)
  select id, organization, owner, resource, 'Design review', starts, starts + interval '30 minutes', 'confirmed', 1,
    '[]', '{}', '[{"channel": "websocket", "minutesBefore": 10}]', 1, now(), now()
  from ids where (select count(*) from claim) >= 0 returning 1
), reminder as (
  insert into tasks (id, organization_id, kind, subject_id, key, state, due_at, attempts, attempt_at, data,
      created_at, updated_at)
  select gen_random_uuid(), organization, 'websocket-reminder', id, '1/10', 'scheduled', starts, 0, starts,
    '{"minutesBefore": 10, "bookingVersion": 1}', now(), now()
  from ids where (select count(*) from claim) >= 0 returning 1
), event as (
  insert into events (id, organization_id, subject_type, subject_id, version, type, actor_id, owner_id, resource_id, data, time)
  select gen_random_uuid(), organization, 'booking', id, 1, 'booking.created', owner, owner, resource, event, now()
  from ids where (select count(*) from claim) >= 0 returning 1
)
insert into receipts (organization_id, caller_id, key, fingerprint, status, body, location, etag, created_at)
select organization, owner, id::text, repeat('0', 64), 201, receipt, '/api/bookings/' || id, '"1"', now()
from ids where :k = 1 and (select count(*) from claim) >= 0;
`,
  );
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const connection = ["-h", hostname, "-p", port || "5432", "-U", username || "postgres", pathname.slice(1)];
  const child = Bun.spawn(
    [
      "pgbench",
      "-n",
      "-M",
      "prepared",
      "-c",
      String(clients),
      "-j",
      "1",
      "-T",
      String(seconds),
      "-f",
      script,
      ...connection,
    ],
    { env: { ...process.env, PGPASSWORD: password }, stdout: "pipe", stderr: "pipe" },
  );
  const [out, fault] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  rmSync(folder, { recursive: true });
  const rate = /tps = ([\d.]+)/.exec(out)?.[1];
  if (!rate) throw new Error(`pgbench: ${fault}${out}`);
  return Number(rate);
}
