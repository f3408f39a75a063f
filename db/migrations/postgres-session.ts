import type { Sql } from "postgres";
import { analyzePostgres } from "../engines/postgres/analyze.ts";
import { connectPostgres } from "../engines/postgres/open.ts";
import {
  type Applied,
  isNonTransactional,
  type MigrationReader,
  type MigrationSession,
  statementsOf,
} from "./session.ts";

/** Any number will do, as long as every version of Booking uses the same. */
const advisoryLock = 7_203_518_446;
const askForLockMs = 100;

export function postgresReader(url: string): MigrationReader {
  return readerOver(connectPostgres(url, { max: 1 }));
}

export async function postgresSession(url: string): Promise<MigrationSession> {
  const client = connectPostgres(url, { max: 1 });
  // This waits for another migrator, however long it takes. A migration may take long too, but while it waits for a
  // lock on a table, everybody else waits behind it: that must not last.
  await client`set statement_timeout = 0`;
  // A killed migrator must release its lock and its half-done work soon, not only when the statement is finished.
  await client`set client_connection_check_interval = '1s'`;
  await takeLock(client);
  await client`set lock_timeout = '10s'`;
  await client`
    create table if not exists schema_migrations (
      name text primary key, checksum text not null, breaking boolean not null, applied_at timestamptz(3) not null
    )`;
  const run = async (script: string, record: (sql: Sql) => Promise<unknown>) => {
    if (isNonTransactional(script)) {
      await runByStatement(client, statementsOf(script));
      await record(client);
      return;
    }
    await client.begin(async (transaction) => {
      await transaction.unsafe(script);
      await record(transaction as unknown as Sql);
    });
  };
  return {
    ...readerOver(client),
    apply: (script, { name, checksum, breaking }) =>
      run(
        script,
        (sql) => sql`
          insert into schema_migrations (name, checksum, breaking, applied_at)
          values (${name}, ${checksum}, ${breaking}, now())`,
      ),
    count: async (query) => Number((await client.unsafe(query))[0]?.count),
    revert: (script, name) => run(script, (sql) => sql`delete from schema_migrations where name = ${name}`),
    refreshStatistics: () => analyzePostgres(client),
  };
}

/**
 * Polls instead of waiting within a statement: that would keep a snapshot open, which blocks the other migrator's
 * concurrent index build, so the two would wait for each other.
 */
async function takeLock(client: Sql): Promise<void> {
  for (;;) {
    const [lock] = await client`select pg_try_advisory_lock(${advisoryLock}) as taken`;
    if (lock?.taken) return;
    await Bun.sleep(askForLockMs);
  }
}

/** Each statement commits by itself. Those that ran before a kill run again. */
async function runByStatement(client: Sql, statements: string[]): Promise<void> {
  // An index made concurrently waits for every older transaction, and nobody waits behind it.
  await client`set lock_timeout = 0`;
  for (const statement of statements) {
    const index = /^create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/i.exec(
      statement,
    )?.[1];
    if (index && (await isMade(client, index))) continue;
    await client.unsafe(statement);
  }
  await client`set lock_timeout = '10s'`;
}

/** Whether an index exists and is valid. Drops the rest of an interrupted attempt: it would never be used. */
async function isMade(client: Sql, index: string): Promise<boolean> {
  const [found] = await client`select indisvalid from pg_index where indexrelid = to_regclass(${index})`;
  if (found && !found.indisvalid) await client`drop index concurrently if exists ${client(index)}`;
  return found?.indisvalid ?? false;
}

function readerOver(client: Sql): MigrationReader {
  return {
    engine: "postgres",
    applied: async () => {
      const [table] = await client`select to_regclass('schema_migrations') as found`;
      if (!table?.found) return [];
      const rows =
        await client`select name, checksum, breaking, applied_at from schema_migrations order by name`;
      return rows.map((r) => ({
        name: r.name,
        checksum: r.checksum,
        breaking: r.breaking,
        appliedAt: new Date(r.applied_at),
      })) satisfies Applied[];
    },
    hasTables: async () => {
      const [found] = await client`
        select 1 from pg_tables where schemaname = current_schema() and tablename <> 'schema_migrations' limit 1`;
      return found !== undefined;
    },
    // Ending the connection releases the advisory lock.
    close: () => client.end({ timeout: 5 }),
  };
}
