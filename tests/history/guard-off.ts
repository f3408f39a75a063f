import { type ProcessEngine, runSql } from "../support/databases.ts";
import { unguarded } from "../support/unguarded.ts";
import { some } from "./corruptions/corruption.ts";
import type { Evidence } from "./evidence.ts";
import type { Seeded } from "./seeded.ts";

/** Writes a claim over another one, in the database itself and with its guard off. */
export async function overlap(
  engine: ProcessEngine,
  url: string,
  { bookings, rows }: Evidence,
  random: Seeded,
) {
  const single = new Set(rows.resources.filter(({ capacity }) => capacity === 1).map(({ id }) => id));
  const booked = some(
    bookings,
    random,
    ({ status, resourceId }) => status === "confirmed" && single.has(resourceId),
  );
  const other = some(bookings, random, ({ id, status }) => status === "confirmed" && id !== booked.id);
  for (const statement of unguarded[engine]) await runSql(url, statement);
  await runSql(
    url,
    `update claims set resource_id = '${booked.resourceId}',
       start_time = (select start_time from claims where id = '${booked.id}'),
       end_time = (select end_time from claims where id = '${booked.id}')
     where id = '${other.id}'`,
  );
}

/** Takes away a row that was acknowledged; the log, which nothing may be taken from, still has it. */
export async function drop(url: string, { bookings }: Evidence, random: Seeded): Promise<void> {
  const { id } = random.pick(bookings);
  await runSql(url, `delete from tasks where subject_id = '${id}'`);
  await runSql(url, `delete from claims where id = '${id}'`);
  await runSql(url, `delete from bookings where id = '${id}'`);
}
