import { SQLiteError, Database as Sqlite } from "bun:sqlite";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type {
  AsOf,
  Change,
  Credentials,
  SpendMail,
  TableName,
  VoidReminders,
} from "../../src/domain/change.ts";
import { type Receipt, receiptsExpiredBy } from "../../src/domain/receipt.ts";
import { gather } from "../../src/gather.ts";
import type { CommitOutcome } from "../../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../../src/ports/store-observer.ts";
import { sqliteColumns } from "../columns.ts";
import { guardBehind } from "../guards.ts";
import { defineTables, type Tables } from "../tables.ts";
import { containing, type Database, type Engine, type Rewritten, writeOrder } from "./engine.ts";
import { probeSql, watchOutages } from "./outage.ts";
import { isBusy, patienceMs, patiently, pause } from "./sqlite-patience.ts";
import { takingTurns } from "./sqlite-turns.ts";

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
  // What is deleted, as by an erasure, is overwritten in the file.
  client.run("pragma secure_delete = on");
  return client;
}

/** The file may hold secrets, so it is for its owner alone; SQLite gives its companions the same mode. */
function prepareFile(path: string): void {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
}

/** Every statement runs to its end before another starts: bun:sqlite is synchronous, so nothing falls into a commit. */
export function openSqlite(
  path: string,
  { observer = noObserver }: { observer?: StoreObserver } = {},
): Engine {
  const client = connectSqlite(path);
  // Whoever finds the file held tries again, and meanwhile the process goes on: see `patiently`.
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
    contains: (column, text) =>
      sql`${column} like ${typeof text === "string" ? containing(text) : text} escape '\\'`,
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
    rewrite: (table, rows) => run(() => rewrite(client, table, rows)),
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
    // SQLite plans by rules: none of them needs to know how large a table is.
    refreshStatistics: async () => {},
    // Of the file, and not a constant: that would not touch it.
    ping: () => run(() => void client.query("select 1 from sqlite_schema").get()),
    time: async () => new Date(),
    notWritable: outages.notWritable,
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

type Asked = { change: Change; until: number };

/** Tries until the file is free. Those whose time is over are given the reason, while the others go on waiting. */
async function commitPatiently(
  client: Sqlite,
  asked: Asked[],
  tables: Tables,
): Promise<(CommitOutcome | Error)[]> {
  const outcomes = new Map<Asked, CommitOutcome | Error>();
  let open = asked;
  for (let attempt = 1; open.length > 0; attempt++) {
    try {
      const found = commitTogether(
        client,
        open.map(({ change }) => change),
        tables,
      );
      for (const [n, each] of open.entries()) outcomes.set(each, found[n] as CommitOutcome | Error);
      break;
    } catch (error) {
      const now = performance.now();
      const isOver = ({ until }: Asked) => !isBusy(error) || now >= until;
      for (const each of open.filter(isOver)) outcomes.set(each, error as Error);
      open = open.filter((each) => !isOver(each));
    }
    if (open.length > 0) await pause(attempt);
  }
  return asked.map((each) => outcomes.get(each) as CommitOutcome | Error);
}

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
    if (change.requires?.some((required) => !hasCredentials(client, required))) return "credentials_changed";
    if (!isAsOf(client, change.asOf ?? [])) return "stale";
    for (const voided of change.voidReminders ?? []) voidReminders(client, voided);
    for (const receipt of change.insert.receipts ?? []) deleteExpired(client, receipt);
    for (const spent of change.spendMails ?? []) spendMail(client, spent);
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

/** A receipt that no longer counts, but is not purged yet, makes way for the new one of its key. */
function deleteExpired(client: Sqlite, { callerId, key, createdAt }: Receipt): void {
  client
    .query("delete from receipts where caller_id = ? and key = ? and created_at <= ?")
    .run(callerId, key, receiptsExpiredBy(createdAt).getTime());
}

/** Whether the bookings that a change speaks of still have the versions that it has read. */
function isAsOf(client: Sqlite, read: AsOf[]): boolean {
  const latest = client.query("select 1 from bookings where id = ? and version = ?");
  return read.every(({ bookingId, version }) => latest.get(bookingId, version) !== null);
}

function insertRow(client: Sqlite, tables: Tables, name: keyof Tables, row: object): void {
  const { insert, values } = forTable(tables, name);
  client.query(insert).run(...values(row));
}

function updateRow(client: Sqlite, tables: Tables, name: TableName, row: object & { id: string }): void {
  const { update, values } = forTable(tables, name);
  client.query(update).run(...values(row), row.id);
}

/** The triggers of append-only tables let changes pass while there is a row in `erasing`: within this transaction. */
function rewrite(client: Sqlite, table: string, rows: Rewritten[]): number {
  const write = () => {
    client.run("insert into erasing (one) values (1)");
    const update = client.query(`update ${table} set data = ? where id = ? and json(data) = json(?)`);
    let written = 0;
    for (const { id, was, data } of rows)
      written += update.run(JSON.stringify(data), id, JSON.stringify(was)).changes;
    client.run("delete from erasing");
    return written;
  };
  return client.transaction(write).immediate();
}

function hasCredentials(client: Sqlite, { userId, credentialGeneration }: Credentials): boolean {
  const found = client
    .query("select 1 from users where id = ? and credential_generation = ?")
    .get(userId, credentialGeneration);
  return found !== null;
}

/** Only what it means: whether the mail was sent meanwhile is for the ledger to say. */
function spendMail(client: Sqlite, { mailId, at }: SpendMail): void {
  client
    .query("update mails set used_at = ?, updated_at = ? where id = ?")
    .run(at.getTime(), at.getTime(), mailId);
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
function forTable(tables: Tables, name: keyof Tables): ForTable {
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
