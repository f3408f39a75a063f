import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { gather } from "../../../src/lib/gather.ts";
import { noObserver, type StoreObserver } from "../../../src/ports/store-observer.ts";
import { sqliteColumns } from "../../columns.ts";
import { defineTables } from "../../tables.ts";
import type { Database, Engine } from "../engine.ts";
import { probeSql, watchOutages } from "../outage.ts";
import { globPattern } from "../search-pattern.ts";
import { type Asked, commitPatiently } from "./commit.ts";
import { connectSqlite } from "./connection.ts";
import { patienceMs, patiently } from "./patience.ts";
import { insertRow, rewriteRows } from "./rows.ts";
import { takingTurns } from "./turns.ts";

/** Every statement finishes before another starts: bun:sqlite is synchronous, so nothing can interrupt a commit. */
export function openSqlite(
  path: string,
  { observer = noObserver }: { observer?: StoreObserver } = {},
): Engine {
  const client = connectSqlite(path);
  // `patiently` retries while another process has the file locked, and does not block the event loop.
  client.run("pragma busy_timeout = 0");
  const tables = defineTables(sqliteColumns);
  const commit = gather((asked: Asked[]) => commitPatiently(client, asked, tables), endOfTurn);
  const outages = watchOutages(observer, async () => void client.run(probeSql));
  const turn = takingTurns();
  const run = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await turn();
    try {
      return await patiently(work);
    } catch (error) {
      throw outages.explain(error);
    }
  };
  return {
    name: "sqlite",
    db: drizzle(client) as unknown as Database,
    tables,
    run,
    commit: async (change) => {
      const outcome = await commit({ change, until: performance.now() + patienceMs });
      if (outcome instanceof Error) throw outages.explain(outcome, "commit");
      outages.committed();
      return outcome;
    },
    searchPattern: globPattern,
    contains: (column, pattern) => sql`${column} glob ${pattern}`,
    field: (column, name) => sql`json_extract(${column}, ${`$.${name}`})`,
    receiptsAbout: (
      ids,
    ) => sql`case when json_valid(receipts.body) then json_extract(receipts.body, '$.id') end
      in (select value from json_each(${JSON.stringify(ids)}))`,
    append: (table, rows) =>
      run(async () => {
        const insert = () => {
          for (const row of rows) insertRow(client, tables, table, row);
        };
        client.transaction(insert).immediate();
      }),
    rewrite: (table, rows) => run(() => rewriteRows(client, table, rows)),
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
    // Every query names its order and its bounds, so none depends on how large SQLite believes a table to be.
    refreshStatistics: async () => {},
    // A read of the file, not a constant, which would not touch it.
    ping: () => run(() => void client.query("select 1 from sqlite_schema").get()),
    time: async () => new Date(),
    notWritable: outages.notWritable,
    close: async () => client.close(),
  };
}

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

/** By then, all simultaneous requests are here. */
const endOfTurn = () => new Promise(setImmediate);
