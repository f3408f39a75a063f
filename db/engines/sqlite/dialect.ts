import { type SQL, sql } from "drizzle-orm";
import { sqliteColumns } from "../../columns.ts";
import { defineTables } from "../../tables.ts";
import type { Engine } from "../engine.ts";
import { globPattern } from "../search-pattern.ts";

export const tables = defineTables(sqliteColumns);

/** What the store says differently on SQLite, whatever runs it. */
export const sqliteDialect = {
  name: "sqlite",
  tables,
  searchPattern: globPattern,
  contains: (column, pattern) => sql`${column} glob ${pattern}`,
  field: (column, name) => sql`json_extract(${column}, ${`$.${name}`})`,
  receiptsAbout: (ids) => sql`case when json_valid(receipts.body) then json_extract(receipts.body, '$.id') end
    in (select value from json_each(${JSON.stringify(ids)}))`,
  among: (column, values) => {
    const list = Array.isArray(values) ? JSON.stringify(values) : values;
    return sql`${column} in (select value from json_each(${list}))`;
  },
  blockingClaims: ({ resourceId, startTime, endTime, dayBefore, earliest }) => {
    const touching = sql`claims.blocking and claims.resource_id = ${resourceId} and claims.end_time > ${startTime}`;
    const long = sql`claims.end_time - claims.start_time > 86400000`;
    return [
      sql`${touching} and claims.start_time < ${endTime} and claims.start_time >= ${dayBefore}`,
      sql`${touching} and ${long} and claims.start_time < ${dayBefore} and claims.start_time > ${earliest}`,
    ];
  },
  longerThanADay: sql`bookings.end_time - bookings.start_time > 86400000`,
  takeRows: sql``,
  log: {
    position: sql<string>`cast(seq as text)`,
    before: sql<string>`cast(seq - 1 as text)`,
    settled: sql`true`,
    unsettled: sql`false`,
    after: (position) => sql`seq > ${Number(position)}`,
    within: (column, value, { after, upTo }) => ({
      where: sql`${column} = ${value} and seq > ${Number(after)} and seq <= ${Number(upTo)}`,
      order: sql`seq`,
      reverseOrder: sql`seq desc`,
    }),
    order: sql`seq`,
    reverseOrder: sql`seq desc`,
    beginning: "0",
    issued: issuedPosition,
    // One writer at a time: what is visible ends at the highest number.
    visible: {
      here: sql`(select coalesce(max(seq), 0) as seq from events) as here`,
      mark: sql<string>`cast(here.seq as text)`,
      fits: (mark) => sql<boolean>`here.seq >= ${Number(mark)}`,
      since: (mark) =>
        sql`(select * from events where seq > ${Number(mark)} and subject_type <> 'booking') as events`,
    },
  },
} satisfies Partial<Engine>;

/**
 * Whether this log can have issued a position: null for other forms. Any position between its first and its last event
 * counts: a restored log continues far beyond the last event of its backup, because clients may have received later
 * ones.
 */
function issuedPosition(position: string): SQL | null {
  const seq = Number(position);
  if (!/^\d{1,16}$/.test(position) || !Number.isSafeInteger(seq)) return null;
  if (seq === 0) return sql`true`;
  return sql`coalesce(${seq} between (select min(seq) from events)
    and (select seq from sqlite_sequence where name = 'events'), false)`;
}
