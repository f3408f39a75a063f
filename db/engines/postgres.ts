import { Semaphore, withTimeout } from "async-mutex";
import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Change } from "../../src/domain/change.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import type { CommitOutcome } from "../../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../../src/ports/store-observer.ts";
import { postgresColumns } from "../columns.ts";
import { guardBehind } from "../guards.ts";
import { defineTables } from "../tables.ts";
import { analyzePostgres } from "./analyze-postgres.ts";
import { commitStatement } from "./commit-sql.ts";
import type { Database, Engine } from "./engine.ts";

/** How long a query may wait for a connection before the caller hears 503. */
const poolWaitMs = 2_000;
const statementTimeoutMs = 10_000;
const retryableCodes = new Set(["40001", "40P01"]);
const mostRetries = 10;
/** Before the first position of every epoch. */
const beginning = "0:0:0";

/**
 * A plan is kept for as long as its connection, and tables grow meanwhile: what was cheapest on an empty table is a scan of
 * all of a large one. Every hot statement has an index, so its plan takes it from the first row on, whatever the
 * statistics. Of joins only the one that looks up each row by its index does not grow with the table. Scans stay possible
 * where there is no other way; their nominal cost must not start the compiler.
 */
const plansThatLast = {
  enable_seqscan: "off",
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
    // Seconds between attempts to connect: short, so that an outage ends here when it ends there.
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
  const connections = new Semaphore(size);
  const inTime = withTimeout(connections, poolWaitMs, unavailable("Every database connection is busy."));
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    const asked = performance.now();
    // A timer only for those who wait.
    const [, release] = await (connections.isLocked() ? inTime : connections).acquire();
    observer.acquired(performance.now() - asked);
    try {
      return await work();
    } catch (error) {
      throw isOutage(error) ? unavailable("The database can't be reached.") : error;
    } finally {
      observer.released();
      release();
    }
  };
  const engine: Engine = {
    name: "postgres",
    db: drizzle(preparing(client)) as unknown as Database,
    tables,
    run,
    commit: (change) => run(() => commit(client, change, tables)),
    contains: (column, text) => sql`${column}::text ilike ${`%${text.replace(/[\\%_]/g, "\\$&")}%`}`,
    rewrite: (table, rows) => run(() => rewrite(client, table, rows)),
    among: (column, ids) =>
      sql`${column} in (select jsonb_array_elements_text(${Array.isArray(ids) ? JSON.stringify(ids) : ids}::jsonb)::uuid)`,
    // The two kinds of claims have an index each: of the constraint that keeps the exclusive ones apart, and of the others.
    blockingClaims: ({ resourceId, startTime, endTime }) => {
      const touching = sql`claims.blocking and claims.resource_id = ${resourceId}
        and tstzrange(claims.start_time, claims.end_time) && tstzrange(${startTime}, ${endTime})`;
      return sql`((claims.exclusive and ${touching}) or (not claims.exclusive and ${touching}))`;
    },
    longerThanADay: sql`bookings.end_time - bookings.start_time > interval '1 day'`,
    takeRows: sql`for update skip locked`,
    log: {
      position: sql<string>`epoch || ':' || xid || ':' || seq`,
      settled: sql`(epoch < current_log_epoch() or xid < pg_snapshot_xmin(pg_current_snapshot()))`,
      unsettled: sql`(epoch = current_log_epoch() and xid >= pg_snapshot_xmin(pg_current_snapshot()))`,
      after: (position) => {
        const [epoch, xid, seq] = splitPosition(position);
        return sql`(epoch, xid, seq) > (${epoch}::integer, ${xid}::xid8, ${seq}::bigint)`;
      },
      order: sql`epoch, xid, seq`,
      reverseOrder: sql`epoch desc, xid desc, seq desc`,
      beginning,
      issued: issuedPosition,
    },
    refreshStatistics: () => refreshStatistics(url),
    ping: () => run(async () => void (await client`select 1`)),
    close: () => client.end({ timeout: 5 }),
  };
  await run(() => startEpoch(client));
  return engine;
}

/**
 * Epoch, transaction and number. A bare number is a position in the SQLite that this log was restored from: it lies
 * before everything that was told here.
 */
export function splitPosition(position: string): string[] {
  return position.includes(":") ? position.split(":") : ["0", "0", position];
}

/**
 * Has every query of drizzle planned once a connection and not each time. Their texts are few: what varies is in
 * parameters, lists of ids too (`among`).
 */
function preparing(client: postgres.Sql): postgres.Sql {
  const unsafe: postgres.Sql["unsafe"] = (text, parameters) =>
    client.unsafe(text, parameters, { prepare: true });
  return new Proxy(client, {
    get: (target, key) => (key === "unsafe" ? unsafe : Reflect.get(target, key)),
  });
}

/** The setting that the trigger of append-only tables looks for holds for this one statement. */
async function rewrite(client: postgres.Sql, table: string, rows: object[]): Promise<void> {
  await client.unsafe(
    `with erasing as materialized (select set_config('booking.erasing', 'on', true))
     update ${table} set data = written.data
     from erasing, jsonb_to_recordset($1::jsonb) as written (id uuid, data jsonb) where ${table}.id = written.id`,
    [JSON.stringify(rows)],
    { prepare: true },
  );
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

/** A log that another server was the last to write begins a new epoch; so does a commit, while the program runs. */
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
      await client.unsafe(text, parameters, { prepare: true });
      return "committed";
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      const outcome = guardBehind(error.constraint_name);
      if (outcome) return outcome;
      if (!retryableCodes.has(error.code) || attempt > mostRetries) throw error;
    }
  }
}

function unavailable(detail: string): Refusal<"unavailable"> {
  return new Refusal("unavailable", `${detail} Try again shortly.`, { retryAfterSeconds: 2 });
}

/** Connection faults of the driver and of the system, and the server's own "not now" (SQLSTATE 08, 53, 57P). */
function isOutage(error: unknown): boolean {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  const code = String((cause as { code?: unknown } | null)?.code ?? "");
  return /^(CONNECT|CONNECTION_|ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EPIPE|08|53|57P|25006)/.test(code);
}
