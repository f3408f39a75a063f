import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import type postgres from "postgres";
import { connectPostgres } from "./engines/postgres/open.ts";
import { oldestSqlite } from "./engines/sqlite/connection.ts";
import { migrations } from "./migrations/catalogue.ts";
import { checksum } from "./migrations/session.ts";
import { missummedResources, overbookedResources } from "./occupancy.ts";

/**
 * A transaction that has written and is still open: until it ends, no live client receives what was committed after it
 * began.
 */
export type Holder = { database: string; seconds: number } & (
  | { pid: number; application: string }
  /** Prepared for a two-phase commit: it no longer belongs to a process, and survives restarts. */
  | { preparedAs: string }
);

/** The state of a database, for `booking doctor`. Reading it changes nothing and waits for nobody. */
export type Inspection = {
  version: string;
  /** The oldest version that will do. */
  oldest: string;
  now: Date;
  pending: string[];
  /** Applied, but different from this program's: from a newer version, or changed since. */
  unknown: string[];
  changed: string[];
  /** Resources of which the sums say something else than the claims. */
  missummed: string[];
  /** Resources that are promised to more than their capacity, from now on. */
  overbooked: string[];
  /** Faults that the engine found in its own file. */
  damage: string[];
  postgres?: {
    extension: "installed" | "available" | "missing";
    /** Null before the first migration. */
    log: { epoch: number } | null;
    autovacuum: boolean;
    /** Tables with rows that the planner knows nothing about. */
    neverAnalyzed: string[];
    holders: Holder[];
    /** How long the oldest committed event has waited for one of them. */
    waitingSeconds: number;
  };
};

const extension = "btree_gist";

export function inspectDatabase(url: string): Promise<Inspection> {
  return url.startsWith("sqlite:") ? inspectSqlite(url.slice("sqlite:".length)) : inspectPostgres(url);
}

async function inspectPostgres(url: string): Promise<Inspection> {
  const client = connectPostgres(url, { max: 1 });
  try {
    const [server] = await client`
      select current_setting('server_version') as version, clock_timestamp() as now,
        current_setting('autovacuum')::boolean as autovacuum,
        to_regclass('schema_migrations') is not null as migrated, to_regclass('log_epoch') is not null as logged,
        to_regclass('occupancy') is not null as summed`;
    const applied = server?.migrated
      ? await client`select name, checksum from schema_migrations order by name`
      : [];
    const [found] = await client`
      select installed_version is not null as installed from pg_available_extensions where name = ${extension}`;
    const [log] = server?.logged ? await client`select epoch from log_epoch` : [];
    const unknown = await client`
      select relname as name from pg_stat_user_tables where schemaname = current_schema() and n_live_tup > 1000
        and coalesce(last_analyze, last_autoanalyze) is null order by relname`;
    const [waiting] = server?.logged
      ? await client`
          select extract(epoch from clock_timestamp() - min(time))::float8 as seconds from (select time from events
            where (epoch, xid) >= (current_log_epoch(), pg_snapshot_xmin(pg_current_snapshot()))
            order by epoch, xid, seq limit 1) as oldest`
      : [];
    const missummed = server?.summed ? await client.unsafe(missummedResources) : [];
    const overbooked = server?.summed ? await client.unsafe(overbookedResources("now()")) : [];
    const holders = await findHolders(client);
    return {
      version: String(server?.version).split(" ", 1)[0] ?? "",
      oldest: "14.0",
      now: new Date(server?.now),
      ...compareMigrations("postgres", applied as unknown as Applied[]),
      missummed: missummed.map((row) => row.resource_id),
      overbooked: overbooked.map((row) => row.resource_id),
      damage: [],
      postgres: {
        extension: found ? (found.installed ? "installed" : "available") : "missing",
        log: log ? { epoch: log.epoch } : null,
        autovacuum: server?.autovacuum,
        neverAnalyzed: unknown.map(({ name }) => name),
        holders,
        waitingSeconds: waiting?.seconds ?? 0,
      },
    };
  } finally {
    await client.end({ timeout: 5 });
  }
}

/** The transactions that this user may see, the oldest first. */
async function findHolders(client: postgres.Sql): Promise<Holder[]> {
  const rows = await client`
    select pid, datname as database, application_name as application, null as prepared_as,
      extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
    from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
    union all
    select null, database, null, gid, extract(epoch from clock_timestamp() - prepared)::float8 from pg_prepared_xacts
    order by seconds desc`;
  return rows.map(({ pid, database, application, prepared_as: preparedAs, seconds }) =>
    preparedAs === null ? { pid, database, application, seconds } : { preparedAs, database, seconds },
  );
}

/** A missing file is as good as an empty one. */
async function inspectSqlite(path: string): Promise<Inspection> {
  const client = existsSync(path) ? new Database(path, { readonly: true }) : new Database(":memory:");
  try {
    const text = (query: string) =>
      (client.query(query).all() as Record<string, string>[]).map((row) => String(Object.values(row)[0]));
    const [migrated] = text("select name from sqlite_schema where name = 'schema_migrations'");
    const [summed] = text("select name from sqlite_schema where name = 'occupancy'");
    const applied = migrated
      ? client.query("select name, checksum from schema_migrations order by name").all()
      : [];
    return {
      version: text("select sqlite_version()")[0] ?? "",
      oldest: oldestSqlite,
      now: new Date(),
      ...compareMigrations("sqlite", applied as Applied[]),
      missummed: summed ? text(missummedResources) : [],
      overbooked: summed ? text(overbookedResources("unixepoch() * 1000")) : [],
      damage: text("pragma quick_check(5)").filter((line) => line !== "ok"),
    };
  } finally {
    client.close();
  }
}

type Applied = { name: string; checksum: string };

function compareMigrations(engine: "postgres" | "sqlite", applied: Applied[]) {
  const sums = new Map(migrations.map((m) => [m.name, checksum(m[engine].up)]));
  return {
    pending: [...sums.keys()].filter((name) => !applied.some((a) => a.name === name)),
    unknown: applied.filter(({ name }) => !sums.has(name)).map(({ name }) => name),
    changed: applied
      .filter((a) => sums.has(a.name) && sums.get(a.name) !== a.checksum)
      .map(({ name }) => name),
  };
}
