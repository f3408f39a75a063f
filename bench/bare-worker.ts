import { Worker } from "bullmq";
import { Redis } from "ioredis";
import postgres from "postgres";

/**
 * The limit of the worker: BullMQ and the two commits that a reminder takes, and nothing else. It leases the row, then
 * writes the event and that it was sent, with prepared statements; what it writes is as large as ours.
 */
const sql = postgres(process.env.DATABASE_URL ?? "", { max: 10, onnotice: () => {} });
const connection = new Redis(process.env.REDIS_URL ?? "", { maxRetriesPerRequest: null });
const prefix = process.env.QUEUE_PREFIX ?? "";
const filler = JSON.parse(process.env.EVENT_DATA ?? "{}");

new Worker(
  "websocket-reminder",
  async (job) => {
    const { id } = job.data as { id: string };
    const now = new Date();
    const [row] = await sql`update tasks set state = 'leased', attempts = attempts + 1,
      attempt_at = ${new Date(now.getTime() + 30_000)}, updated_at = ${now}
      where id = ${id} and attempt_at <= ${now} returning *`;
    if (!row) return;
    const sentAt = new Date();
    await sql`with told as (
        insert into events (id, organization_id, subject_type, subject_id, version, type, owner_id, data, time)
        values (${id}, ${row.organization_id}, 'booking', ${row.subject_id}, null, 'booking.reminder',
          ${row.subject_id}, ${filler}, ${sentAt}) returning 1
      ) update tasks set state = 'done', attempt_at = null, done_at = ${sentAt}, updated_at = ${sentAt}
      where id = ${id} and (select count(*) from told) > 0`;
  },
  { connection, prefix, concurrency: 50 },
);
console.log("working.");
