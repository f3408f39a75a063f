import type { Database } from "bun:sqlite";
import { connectSqlite } from "../engines/sqlite/connection.ts";
import { sumUpClaims } from "../occupancy.ts";
import type { BackupRow, TableFormat } from "./format.ts";
import type { DatabaseLoad, DatabaseSnapshot } from "./snapshot.ts";
import { dropTriggers, finishLoad, insertRows, type RunSql, selectRows } from "./sqlite-rows.ts";

export async function openSqliteSnapshot(path: string): Promise<DatabaseSnapshot> {
  const client = connectSqlite(path);
  // In WAL mode a read transaction sees one snapshot, and blocks no writer.
  client.run("begin");
  return { ...reading(client), close: async () => client.close() };
}

export async function openSqliteLoad(path: string): Promise<DatabaseLoad> {
  const client = connectSqlite(path);
  client.run("pragma foreign_keys = off");
  client.run("begin immediate");
  const sql: RunSql = (text, ...values) => client.query(text).all(...values) as ReturnType<RunSql>;
  const triggers = dropTriggers(sql);
  return {
    ...reading(client),
    insert: async (table, rows) => insertRows(sql, table, rows),
    finish: async () => {
      client.run(sumUpClaims);
      finishLoad(sql, triggers);
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
      yield* client.query(selectRows(table)).iterate() as Iterable<BackupRow>;
    },
  };
}
