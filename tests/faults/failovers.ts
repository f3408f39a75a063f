import postgres from "postgres";
import { migrateUp } from "../../db/migrate.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { runSql } from "../support/databases.ts";

/** One way in which another server comes to answer, without what was committed last on the one before it. */
export type Failover = {
  /** Before anything else: the server that will take over. */
  prepare(cluster: Cluster): Promise<Cluster>;
  /** Nothing that is committed from here on gets to the other server. */
  part(next: Cluster, databaseUrl: string): Promise<void>;
  /** The first server is gone, and the other one begins to write. */
  takeOver(next: Cluster, databaseUrl: string): Promise<void>;
};

export const failovers: Record<string, Failover> = {
  "a standby that lagged and is promoted": {
    prepare: async (cluster) => {
      const standby = await cluster.copy({ standby: true });
      await standby.start();
      return standby;
    },
    part: async (next, databaseUrl) => {
      const [written] = await runSql(databaseUrl, "select pg_current_wal_lsn() as lsn");
      await until(next.url, `select pg_last_wal_replay_lsn() >= '${written?.lsn}' as done`);
      await runSql(next.url, "alter system set primary_conninfo = ''");
      await runSql(next.url, "select pg_reload_conf()");
      await until(next.url, "select not exists (select from pg_stat_wal_receiver) as done");
    },
    takeOver: async (next) => {
      await runSql(next.url, "select pg_promote()");
    },
  },
  "a dump that is loaded into a new cluster": {
    prepare: () => startCluster(),
    part: (next, databaseUrl) => loadDump(databaseUrl, at(next, databaseUrl)),
    takeOver: async () => {},
  },
  "the same cluster, set back to an earlier copy of its files": {
    prepare: (cluster) => cluster.copy(),
    // The copy was made before anything else.
    part: async () => {},
    takeOver: (next) => next.start(),
  },
};

/** The same database on another server. */
export function at(cluster: Cluster, databaseUrl: string): string {
  const url = new URL(cluster.url);
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

async function until(url: string, question: string): Promise<void> {
  while (!(await runSql(url, question))[0]?.done) await Bun.sleep(20);
}

/**
 * Every row of every table as it is, as `pg_dump` and `psql` move them: these are not in the package that brings the
 * server, and must be of its version.
 */
async function loadDump(from: string, to: string): Promise<void> {
  await runSql(new URL("/postgres", to).href, `create database ${new URL(to).pathname.slice(1)}`);
  await migrateUp(to);
  const source = postgres(from, { max: 1 });
  const target = postgres(to, { max: 1 });
  await target.unsafe("set session_replication_role = replica");
  const tables = (await source`select tablename as name from pg_tables where schemaname = 'public'`).map(
    (row) => row.name,
  );
  await target.unsafe(`truncate ${tables.join(", ")}`);
  for (const name of tables) {
    const [all] = await source.unsafe(`select jsonb_agg(to_jsonb(t))::text as rows from ${name} t`);
    await target.unsafe(
      `insert into ${name} overriding system value select * from jsonb_populate_recordset(null::${name}, $1::text::jsonb)`,
      [all?.rows],
    );
  }
  await target`select setval('events_seq_seq', (select max(seq) from events))`;
  await source.end();
  await target.end();
}

/** A mutant: the log no longer looks at which server wrote to it last. */
export async function forgetServer(databaseUrl: string): Promise<void> {
  for (const name of ["writable_log_epoch()", "current_log_epoch()"]) {
    const [found] = await runSql(databaseUrl, `select pg_get_functiondef('${name}'::regprocedure) as text`);
    const text = String(found?.text);
    if (!text.includes("pg_postmaster_start_time()")) throw new Error(`${name} does not compare servers.`);
    await runSql(databaseUrl, text.replaceAll("pg_postmaster_start_time()", "server_started_at"));
  }
}
