import type { Sql } from "postgres";
import { analyzePostgres } from "../engines/postgres/analyze.ts";
import { connectPostgres, splitPosition } from "../engines/postgres/open.ts";
import { overbookedSums, sumUpClaims } from "../occupancy.ts";
import { type BackupRow, requireNoOverbooking, sortKey, type TableFormat } from "./format.ts";
import type { DatabaseLoad, DatabaseSnapshot } from "./snapshot.ts";

const batch = 1_000;

export async function openPostgresSnapshot(url: string): Promise<DatabaseSnapshot> {
  // It takes no transaction id, so it does not delay the log's readers.
  const client = await connect(url, "begin isolation level repeatable read, read only");
  return { ...reading(client), close: () => client.end({ timeout: 5 }) };
}

export async function openPostgresLoad(url: string): Promise<DatabaseLoad> {
  const client = await connect(url, "begin");
  // The triggers check writers; a restore writes rows that they have already accepted. Constraints stay in force.
  const guarded = await client`
    select distinct tgrelid::regclass::text as name from pg_trigger join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and relnamespace = current_schema()::regnamespace`;
  for (const { name } of guarded) await client.unsafe(`alter table ${name} disable trigger user`);
  return {
    ...reading(client),
    insert: async (table, rows) => {
      await client.unsafe(insertSql(table), [JSON.stringify(rows.map(toColumns))], { prepare: true });
    },
    finish: async () => {
      await client.unsafe("set constraints all immediate");
      await client.unsafe(sumUpClaims);
      requireNoOverbooking(await client.unsafe(overbookedSums("now()")));
      for (const { name } of guarded) await client.unsafe(`alter table ${name} enable trigger user`);
      // Commits after the backup belong to an earlier epoch, in seconds since 2026, so everything new follows them. The
      // random part keeps two restores of one backup apart.
      await client`
        update log_epoch set epoch = 1 + floor(random() * 100000)::integer + greatest(
          epoch,
          (select coalesce(max(epoch), 0) from events),
          extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00Z')::integer
        )`;
      await client.unsafe("commit");
      await analyzePostgres(client);
    },
    close: () => client.end({ timeout: 5 }),
  };
}

async function connect(url: string, begin: string): Promise<Sql> {
  const client = connectPostgres(url, { max: 1 });
  await client.unsafe("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0");
  await client.unsafe(begin);
  return client;
}

function reading(client: Sql) {
  return {
    engine: "postgres" as const,
    count: async (table: string) => Number((await client.unsafe(`select count(*) from ${table}`))[0]?.count),
    rows: async function* (table: TableFormat) {
      const chosen = Object.entries(table.columns).map(([column, kind]) =>
        kind === "position" ? `epoch || ':' || xid || ':' || seq as ${column}` : column,
      );
      const text = `select ${chosen.join(", ")} from ${table.name} order by ${orderOf(table)}`;
      for await (const rows of client.unsafe(text).cursor(batch)) yield* rows as BackupRow[];
    },
  };
}

/** Bytewise, as the other engine sorts. */
function orderOf(table: TableFormat): string {
  if (table.name === "events") return "epoch, xid, seq";
  const key = sortKey(table).map(({ name, columnType }) =>
    columnType === "PgText" ? `${name} collate "C"` : name,
  );
  return key.join(", ");
}

function toColumns({ position, ...row }: BackupRow): BackupRow {
  if (position === undefined) return row;
  const [epoch, xid, seq] = splitPosition(String(position));
  return { ...row, epoch, xid, seq };
}

function insertSql({ name, columns }: TableFormat): string {
  const ours = Object.keys(columns).filter((column) => column !== "position");
  const more = name === "events" ? ["epoch", "xid", "seq"] : [];
  const plain = [...ours, ...more];
  // The trigger decides which guard a claim needs, but it is off: the constraint can cover future claims.
  const [into, from] =
    name === "claims"
      ? [
          ", exclusive",
          ", (select capacity = 1 and row.end_time > updated_at from resources where id = row.resource_id)",
        ]
      : ["", ""];
  return `insert into ${name} (${plain.join(", ")}${into}) overriding system value
    select ${plain.map((column) => `row.${column}`).join(", ")}${from}
    from jsonb_populate_recordset(null::${name}, $1::text::jsonb) as row`;
}
