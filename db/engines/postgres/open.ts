import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Change } from "../../../src/domain/change.ts";
import type { CommitOutcome } from "../../../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../../../src/ports/store-observer.ts";
import { postgresColumns } from "../../columns.ts";
import { guardBehind } from "../../guards.ts";
import { defineTables } from "../../tables.ts";
import type { Database, Engine, LogBounds, Rewritten } from "../engine.ts";
import { probeSql, watchOutages } from "../outage.ts";
import { regexPattern } from "../search-pattern.ts";
import { analyzePostgres } from "./analyze.ts";
import { commitStatement, insertStatement } from "./commit.ts";
import { shareConnections } from "./connections.ts";
import { visibleOnPostgres } from "./visible.ts";

const statementTimeoutMs = 10_000;
const retryableCodes = new Set(["40001", "40P01"]);
const maxRetries = 10;
/** Before the first position of every epoch. */
const beginning = "0:0:0";

/**
 * A plan lives as long as its connection, while tables grow: the cheapest plan on an empty table scans all of a large
 * one. Every hot statement has an index, so its plan must use it from the first row on, whatever the statistics say. A
 * bitmap loses the order of its index: sorting needs all the rows it finds, although a page needs only the first few.
 * Of the joins, only the one that looks up each row by its index does not grow with the table. Scans stay possible
 * where there is no other way; their nominal cost must not start the compiler.
 */
const plansThatLast = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_material: "off",
  jit: "off",
};

export function connectPostgres(
  url: string,
  options: { max: number; observer?: StoreObserver; settings?: Record<string, string> },
): postgres.Sql {
  return postgres(url, {
    max: options.max,
    connect_timeout: 5,
    // Seconds between attempts to connect: short, so that this process recovers as soon as the database does.
    backoff: (attempt) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: ({ message = "" }) => options.observer?.notice?.(message),
    connection: {
      application_name: "booking",
      // The horizon of the event log can't move past an open transaction: none may stay open.
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      ...options.settings,
    },
  });
}

export async function openPostgres(
  url: string,
  { pool: size, observer = noObserver }: { pool: number; observer?: StoreObserver },
): Promise<Engine> {
  const client = connectPostgres(url, { max: size, observer, settings: plansThatLast });
  const tables = defineTables(postgresColumns);
  const connections = shareConnections(size);
  const outages = watchOutages(observer, () =>
    run(async () => {
      await client.unsafe(probeSql);
      await startEpoch(client);
    }),
  );
  const run = async <T>(work: () => Promise<T>, change?: Change): Promise<T> => {
    const asked = performance.now();
    const release = await connections.acquire(change);
    observer.acquired(performance.now() - asked);
    try {
      return await work();
    } catch (error) {
      throw outages.explain(error, change && "commit");
    } finally {
      observer.released();
      release();
    }
  };
  const prepared = preparing(client);
  const engine: Engine = {
    name: "postgres",
    db: drizzle(prepared) as unknown as Database,
    tables,
    run,
    commit: async (change) => {
      const outcome = await run(() => commit(prepared, change, tables), change);
      // Without an event, it has not tried the log.
      if (change.insert?.events?.length) outages.committed();
      return outcome;
    },
    searchPattern: regexPattern,
    contains: (column, pattern) => sql`${column} collate "C" ~ ${pattern}`,
    field: (column, name) => sql`${column} ->> ${name}`,
    receiptsAbout: (ids) => sql`substring(receipts.body from '"id":"([^"]+)"')
      = any (array(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))`,
    append: async (table, rows) => {
      const { text, parameters } = insertStatement(tables, table, rows);
      await prepared.unsafe(text, parameters);
    },
    rewrite: (table, rows) => run(() => rewrite(prepared, table, rows)),
    among: (column, values) => {
      const list = Array.isArray(values) ? JSON.stringify(values) : values;
      // An array, because rows would be one table more to join, in whatever order looks cheap while all are empty.
      const type = sql.raw(column.getSQLType());
      return sql`${column} = any (array(select jsonb_array_elements_text(${list}::jsonb)::${type}))`;
    },
    // The two kinds of claims have an index each: of the constraint that keeps the exclusive ones apart, and of the others.
    blockingClaims: ({ resourceId, startTime, endTime }) => {
      const touching = sql`claims.blocking and claims.resource_id = ${resourceId}
        and tstzrange(claims.start_time, claims.end_time) && tstzrange(${startTime}, ${endTime})`;
      return [sql`claims.exclusive and ${touching}`, sql`not claims.exclusive and ${touching}`];
    },
    longerThanADay: sql`bookings.end_time - bookings.start_time > interval '1 day'`,
    takeRows: sql`for update skip locked`,
    log: {
      position: sql<string>`epoch || ':' || xid || ':' || seq`,
      before: sql<string>`epoch || ':' || xid || ':' || seq - 1`,
      // A comparison of rows is a range of the index, however many rows are not settled.
      settled: sql`(epoch, xid) < (current_log_epoch(), pg_snapshot_xmin(pg_current_snapshot()))`,
      unsettled: sql`(epoch = current_log_epoch() and xid >= pg_snapshot_xmin(pg_current_snapshot()))`,
      after: (position) => {
        const [epoch, xid, seq] = splitPosition(position);
        return sql`(epoch, xid, seq) > (${epoch}::integer, ${xid}::xid8, ${seq}::bigint)`;
      },
      within: logWithin,
      order: sql`epoch, xid, seq`,
      reverseOrder: sql`epoch desc, xid desc, seq desc`,
      beginning,
      issued: issuedPosition,
      visible: visibleOnPostgres,
    },
    refreshStatistics: () => refreshStatistics(url),
    ping: () => run(async () => void (await client`select 1`)),
    time: () => run(async () => new Date((await client`select clock_timestamp() as now`)[0]?.now)),
    notWritable: outages.notWritable,
    close: () => client.end({ timeout: 5 }),
  };
  await run(() => startEpoch(client));
  return engine;
}

/**
 * Epoch, transaction and number. A bare number is a position in the SQLite that this log was restored from: it comes
 * before every event that was sent from here.
 */
export function splitPosition(position: string): string[] {
  return position.includes(":") ? position.split(":") : ["0", "0", position];
}

/**
 * The row comparisons imply that the column has the value, but not in a way that makes it a constant to the planner.
 * With a constant first, it would take this order for an order of the whole log, and walk that.
 */
function logWithin(
  column: PgColumn,
  value: string,
  { after, upTo }: LogBounds,
): {
  where: SQL;
  order: SQL;
  reverseOrder: SQL;
} {
  const at = (position: string) => {
    const [epoch, xid, seq] = splitPosition(position);
    return sql`(${value}::uuid, ${epoch}::integer, ${xid}::xid8, ${seq}::bigint)`;
  };
  const place = sql`(${column}, epoch, xid, seq)`;
  return {
    where: sql`${column} is not null and ${place} > ${at(after)} and ${place} <= ${at(upTo)}`,
    order: sql`${column}, epoch, xid, seq`,
    reverseOrder: sql`${column} desc, epoch desc, xid desc, seq desc`,
  };
}

/** Each takes some 50 kB in every connection's process. */
const maxPrepared = 300;

/**
 * Has a statement planned once per connection and not each time, as long as there are few: no text depends on a value
 * or on the length of a list, but callers choose among many filters. Beyond that, a statement is planned on each call.
 */
function preparing(client: postgres.Sql): postgres.Sql {
  const texts = new Set<string>();
  const unsafe: postgres.Sql["unsafe"] = (text, parameters) => {
    if (texts.size < maxPrepared) texts.add(text);
    return client.unsafe(text, parameters, { prepare: texts.has(text) });
  };
  return new Proxy(client, {
    get: (target, key) => (key === "unsafe" ? unsafe : Reflect.get(target, key)),
  });
}

/** The setting that the trigger of append-only tables looks for applies to this one statement. */
async function rewrite(client: postgres.Sql, table: string, rows: Rewritten[]): Promise<number> {
  const { count } = await client.unsafe(
    `with erasing as materialized (select set_config('booking.erasing', 'on', true))
     update ${table} set data = written.data
     from erasing, jsonb_to_recordset($1::jsonb) as written (id uuid, was jsonb, data jsonb)
     where ${table}.id = written.id and ${table}.data = written.was`,
    [JSON.stringify(rows)],
  );
  return count;
}

const largest = { epoch: 2n ** 31n - 1n, xid: 2n ** 64n - 1n, seq: 2n ** 63n - 1n };

/**
 * Whether this log can have issued a position: null for other forms. A bare number is one of the SQLite that this log was
 * restored from. Otherwise the last event up to it is of its epoch, and the current epoch has reached it. An earlier epoch
 * may have gone further than the rows that are left of it: on a primary that failed, or after the backup.
 */
function issuedPosition(position: string): SQL | null {
  const [epoch, xid, seq] = splitPosition(position);
  if (!/^\d{1,20}(:\d{1,20}:\d{1,20})?$/.test(position) || !epoch || !xid || !seq) return null;
  if (BigInt(epoch) > largest.epoch || BigInt(xid) > largest.xid || BigInt(seq) > largest.seq) return null;
  if (position === beginning) return sql`true`;
  if (!position.includes(":")) return sql`exists (select from events where epoch = 0)`;
  const last = sql`select epoch from events where (epoch, xid, seq) <= (${epoch}::integer, ${xid}::xid8, ${seq}::bigint)
    order by epoch desc, xid desc, seq desc limit 1`;
  return sql`coalesce((${last}) = ${epoch}::integer, false) and (${epoch}::integer < current_log_epoch() or (
    ${xid}::xid8 < pg_snapshot_xmin(pg_current_snapshot()) and ${seq}::bigint <= (select last_value from events_seq_seq)
  ))`;
}

/** On a connection of its own: it may take longer than a statement of a request. */
async function refreshStatistics(url: string): Promise<void> {
  const client = connectPostgres(url, { max: 1, settings: { statement_timeout: "0" } });
  await analyzePostgres(client).finally(() => client.end({ timeout: 5 }));
}

/** If another server wrote to the log last, it begins a new epoch; so does a commit while the program runs. */
async function startEpoch(client: postgres.Sql): Promise<void> {
  await client`select writable_log_epoch()`;
}

async function commit(
  client: postgres.Sql,
  change: Change,
  tables: ReturnType<typeof defineTables>,
): Promise<CommitOutcome> {
  const { text, parameters } = commitStatement(change, tables);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.unsafe(text, parameters);
      return "committed";
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      const outcome = guardBehind(error.constraint_name);
      if (outcome) return outcome;
      if (!retryableCodes.has(error.code) || attempt > maxRetries) throw error;
    }
  }
}
