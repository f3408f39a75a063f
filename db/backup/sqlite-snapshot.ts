import type { Database, SQLQueryBindings } from "bun:sqlite";
import { connectSqlite } from "../engines/sqlite/connection.ts";
import { sumUpClaims } from "../occupancy.ts";
import { type BackupRow, type Kind, sortKey, type TableFormat } from "./format.ts";
import type { Load, Snapshot } from "./snapshot.ts";

/**
 * Where a restored log continues: at the microseconds since 1970 plus a random part. The stride is larger than what its
 * source can have added since the backup, so that clients that read those events don't miss new ones. The random part
 * keeps two restores of one backup apart.
 */
const nextPosition = (lastSeq: string) => {
  const stride = 100_000_000_000;
  const now = "cast(unixepoch('subsec') * 1000 as integer) * 1000";
  return `max(${lastSeq}, ${now}) + ${stride} + abs(random() % ${stride})`;
};

export async function openSqliteSnapshot(path: string): Promise<Snapshot> {
  const client = connectSqlite(path);
  // In WAL mode a read transaction sees one snapshot, and blocks no writer.
  client.run("begin");
  return { ...reading(client), close: async () => client.close() };
}

export async function openSqliteLoad(path: string): Promise<Load> {
  const client = connectSqlite(path);
  client.run("pragma foreign_keys = off");
  client.run("begin immediate");
  // The triggers check writers; a restore writes rows that they have already accepted. They are put back as they were.
  const triggers = client.query("select name, sql from sqlite_schema where type = 'trigger'").all() as {
    name: string;
    sql: string;
  }[];
  for (const { name } of triggers) client.run(`drop trigger ${name}`);
  return {
    ...reading(client),
    insert: async (table, rows) => insert(client, table, rows),
    finish: async () => {
      client.run(sumUpClaims);
      for (const { sql } of triggers) client.run(sql);
      const broken = client.query("pragma foreign_key_check").all();
      if (broken.length > 0) throw new Error(`The backup has ${broken.length} broken references.`);
      client.run(`update sqlite_sequence set seq = ${nextPosition("seq")} where name = 'events'`);
      client.run("commit");
    },
    close: async () => client.close(),
  };
}

function reading(client: Database) {
  return {
    engine: "sqlite" as const,
    count: async (table: string) =>
      (client.query(`select count(*) as n from ${table}`).get() as { n: number }).n,
    rows: async function* (table: TableFormat) {
      const chosen = Object.entries(table.columns).map(([column, kind]) =>
        kind === "position" ? `cast(seq as text) as ${column}` : column,
      );
      const key = sortKey(table).map((column) => column.name);
      const order = table.name === "events" ? "seq" : key.join(", ");
      const text = `select ${chosen.join(", ")} from ${table.name} order by ${order}`;
      yield* client.query(text).iterate() as Iterable<BackupRow>;
    },
  };
}

function insert(client: Database, { name, columns }: TableFormat, rows: BackupRow[]): void {
  const entries = Object.entries(columns);
  const into = entries.map(([column, kind]) => (kind === "position" ? "seq" : column)).join(", ");
  const statement = client.query(
    `insert into ${name} (${into}) values (${entries.map(() => "?").join(", ")})`,
  );
  for (const row of rows) statement.run(...entries.map(([column, kind]) => toDriver(kind, row[column])));
}

function toDriver(kind: Kind, value: unknown): SQLQueryBindings {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "instant":
      return Date.parse(String(value));
    case "flag":
      return value ? 1 : 0;
    case "json":
      return JSON.stringify(value);
    case "position":
      // A Postgres position has no number here. The rows come in order, so the next number will do.
      return String(value).includes(":") ? null : Number(value);
    default:
      return value as string | number;
  }
}
