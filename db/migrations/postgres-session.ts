import { analyzePostgres } from "../engines/analyze-postgres.ts";
import { connectPostgres } from "../engines/postgres.ts";
import type { Applied, MigrationSession } from "./session.ts";

/** Any number will do, as long as every version of Booking uses the same. */
const advisoryLock = 7_203_518_446;

export async function postgresSession(url: string): Promise<MigrationSession> {
  const client = connectPostgres(url, { max: 1 });
  // Another migrator is waited for, however long it takes. A migration may take long too, but while it waits for a
  // lock on a table, everybody else waits behind it: that must not last.
  await client`set statement_timeout = 0`;
  // A migrator that is killed lets go of its lock and its half-done work soon, and not when the statement is through.
  await client`set client_connection_check_interval = '1s'`;
  await client`select pg_advisory_lock(${advisoryLock})`;
  await client`set lock_timeout = '10s'`;
  await client`
    create table if not exists schema_migrations (
      name text primary key, checksum text not null, breaking boolean not null, applied_at timestamptz(3) not null
    )`;
  return {
    engine: "postgres",
    applied: async () => {
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
    apply: async (script, { name, checksum, breaking }) => {
      await client.begin(async (transaction) => {
        await transaction.unsafe(script);
        await transaction`
          insert into schema_migrations (name, checksum, breaking, applied_at)
          values (${name}, ${checksum}, ${breaking}, now())`;
      });
    },
    count: async (query) => Number((await client.unsafe(query))[0]?.count),
    revert: async (script, name) => {
      await client.begin(async (transaction) => {
        await transaction.unsafe(script);
        await transaction`delete from schema_migrations where name = ${name}`;
      });
    },
    refreshStatistics: () => analyzePostgres(client),
    // Ending the connection gives the advisory lock back.
    close: () => client.end({ timeout: 5 }),
  };
}
