import { SQLiteError, Database as Sqlite } from "bun:sqlite";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { Change, TableName, VoidReminders } from "../../src/domain/change.ts";
import { gather } from "../../src/gather.ts";
import type { CommitOutcome } from "../../src/ports/store.ts";
import { sqliteColumns } from "../columns.ts";
import { guardBehind } from "../guards.ts";
import { defineTables, type Tables } from "../tables.ts";
import { type Database, type Engine, writeOrder } from "./engine.ts";

/** Earlier versions can corrupt a database in WAL mode. */
export const oldestSqlite = "3.51.3";

export function connectSqlite(path: string): Sqlite {
  if (path !== ":memory:") prepareFile(path);
  const client = new Sqlite(path, { create: true, strict: true });
  client.run("pragma busy_timeout = 5000");
  const { version } = client.query("select sqlite_version() as version").get() as { version: string };
  if (Bun.semver.order(version, oldestSqlite) < 0) {
    throw new Error(`SQLite ${version} is too old: ${oldestSqlite} or later is needed.`);
  }
  client.run("pragma journal_mode = wal");
  // An acknowledged commit is on disk, also when the machine loses power.
  client.run("pragma synchronous = full");
  client.run("pragma foreign_keys = on");
  return client;
}

/** The file may hold secrets, so it is for its owner alone; SQLite gives its companions the same mode. */
function prepareFile(path: string): void {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
}

/** Every statement runs to its end before another starts: bun:sqlite is synchronous, so nothing falls into a commit. */
export function openSqlite(path: string): Engine {
  const client = connectSqlite(path);
  const tables = defineTables(sqliteColumns);
  const commit = gather(async (changes: Change[]) => commitTogether(client, changes, tables), endOfTurn);
  return {
    name: "sqlite",
    db: drizzle(client) as unknown as Database,
    tables,
    run: (work) => work(),
    commit: async (change) => {
      const outcome = await commit(change);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    contains: (column, text) => sql`${column} like ${`%${text.replace(/[\\%_]/g, "\\$&")}%`} escape '\\'`,
    rewrite: async (table, rows) => rewrite(client, table, rows),
    among: (column, ids) =>
      sql`${column} in (select value from json_each(${Array.isArray(ids) ? JSON.stringify(ids) : ids}))`,
    blockingClaims: ({ resourceId, startTime, endTime, earliest }) => sql`claims.blocking
      and claims.resource_id = ${resourceId} and claims.start_time > ${earliest} and claims.start_time < ${endTime}
      and claims.end_time > ${startTime}`,
    longerThanADay: sql`bookings.end_time - bookings.start_time > 86400000`,
    takeRows: sql``,
    log: {
      position: sql<string>`cast(seq as text)`,
      settled: sql`true`,
      unsettled: sql`false`,
      after: (position) => sql`seq > ${Number(position)}`,
      order: sql`seq`,
      reverseOrder: sql`seq desc`,
      beginning: "0",
      issued: issuedPosition,
    },
    // SQLite plans by rules: none of them needs to know how large a table is.
    refreshStatistics: async () => {},
    ping: async () => void client.query("select 1").get(),
    close: async () => client.close(),
  };
}

/**
 * Whether this log can have issued a position: null for other forms. Between its first and its last event all may be: a
 * restored log goes on far beyond the last event of its backup, which was not the last one that clients heard of.
 */
function issuedPosition(position: string): SQL | null {
  const seq = Number(position);
  if (!/^\d{1,16}$/.test(position) || !Number.isSafeInteger(seq)) return null;
  if (seq === 0) return sql`true`;
  return sql`coalesce(${seq} between (select min(seq) from events)
    and (select seq from sqlite_sequence where name = 'events'), false)`;
}

/** Requests that came in at once are then all here. */
const endOfTurn = () => new Promise(setImmediate);

/**
 * Commits what was asked for in one turn of the event loop with one sync of the disk. Each change is whole by itself: what a
 * guard refuses is rolled back alone. Nobody is answered before all of it is on disk.
 */
function commitTogether(client: Sqlite, changes: Change[], tables: Tables): (CommitOutcome | Error)[] {
  client.run("begin immediate");
  try {
    const outcomes = changes.map((change) => {
      client.run("savepoint one");
      const outcome = write(client, change, tables);
      if (outcome !== "committed") client.run("rollback to one");
      client.run("release one");
      return outcome;
    });
    client.run("commit");
    return outcomes;
  } catch (error) {
    if (client.inTransaction) client.run("rollback");
    throw error;
  }
}

function write(client: Sqlite, change: Change, tables: Tables): CommitOutcome | Error {
  try {
    for (const voided of change.voidReminders ?? []) voidReminders(client, voided);
    for (const name of writeOrder) {
      for (const row of change.insert[name] ?? []) insertRow(client, tables, name, row);
      const updated = name in change.update ? change.update[name as keyof Change["update"]] : undefined;
      for (const row of updated ?? []) updateRow(client, tables, name, row);
    }
    return "committed";
  } catch (error) {
    const outcome = error instanceof SQLiteError ? guardBehind(error.message) : null;
    // A fault of the disk has ended the whole transaction: then nobody's change was made.
    if (!outcome && !client.inTransaction) throw error;
    return outcome ?? (error as Error);
  }
}

function insertRow(client: Sqlite, tables: Tables, name: TableName, row: object): void {
  const { insert, values } = forTable(tables, name);
  client.query(insert).run(...values(row));
}

function updateRow(client: Sqlite, tables: Tables, name: TableName, row: object & { id: string }): void {
  const { update, values } = forTable(tables, name);
  client.query(update).run(...values(row), row.id);
}

/** The triggers of append-only tables let changes pass while there is a row in `erasing`: within this transaction. */
function rewrite(client: Sqlite, table: string, rows: { id: string; data: object }[]): void {
  client
    .transaction(() => {
      client.run("insert into erasing (one) values (1)");
      const update = client.query(`update ${table} set data = ? where id = ?`);
      for (const { id, data } of rows) update.run(JSON.stringify(data), id);
      client.run("delete from erasing");
    })
    .immediate();
}

function voidReminders(client: Sqlite, { bookingId, reason, at }: VoidReminders): void {
  client
    .query(
      `update reminders set status = 'voided', reason = ?, attempt_at = null, updated_at = ?
       where booking_id = ? and status in ('scheduled', 'sending', 'failed')`,
    )
    .run(reason, at.getTime(), bookingId);
}

type ForTable = {
  insert: string;
  update: string;
  values(row: object): (string | number | null)[];
};
const known = new WeakMap<object, ForTable>();

/** What it takes to write rows of a table; asked for with every row, so it is kept. */
function forTable(tables: Tables, name: TableName): ForTable {
  const table = tables[name];
  const kept = known.get(table);
  if (kept) return kept;
  const entries = Object.entries(getTableColumns(table));
  const columns = entries.map(([, column]) => column.name);
  const made: ForTable = {
    insert: `insert into ${getTableName(table)} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
    update: `update ${getTableName(table)} set ${columns.map((column) => `${column} = ?`).join(", ")} where id = ?`,
    values: (row) =>
      entries.map(([key, column]) => {
        const value = (row as Record<string, unknown>)[key] ?? null;
        return value === null ? null : (column.mapToDriverValue(value) as string | number);
      }),
  };
  known.set(table, made);
  return made;
}
