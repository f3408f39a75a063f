import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { connectSqlite } from "../engines/sqlite/connection.ts";
import type { Applied, MigrationReader, MigrationSession } from "./session.ts";

export function sqliteReader(path: string): MigrationReader {
  // A missing file is as good as an empty one, and must not be created.
  return readerOver(existsSync(path) ? new Database(path, { readonly: true }) : new Database(":memory:"));
}

export function sqliteSession(path: string): MigrationSession {
  const client = connectSqlite(path);
  // Tables are rebuilt without their references being checked halfway; every script is checked as a whole instead.
  client.run("pragma foreign_keys = off");
  // Two migrators take turns here: the whole session is one transaction, committed when it is closed.
  client.run("begin immediate");
  client.run(`create table if not exists schema_migrations (
    name text primary key, checksum text not null, breaking integer not null, applied_at integer not null
  ) strict`);
  const run = (script: string, record: () => void) => {
    client.run("savepoint migration");
    try {
      client.run(script);
      const broken = client.query("pragma foreign_key_check").all();
      if (broken.length > 0) throw new Error(`The migration leaves ${broken.length} broken references.`);
      record();
      client.run("release migration");
    } catch (error) {
      if (client.inTransaction) client.run("rollback to migration; release migration");
      throw error;
    }
  };
  return {
    ...readerOver(client),
    apply: async (script, { name, checksum, breaking }) =>
      run(script, () =>
        client
          .query("insert into schema_migrations (name, checksum, breaking, applied_at) values (?, ?, ?, ?)")
          .run(name, checksum, breaking, Date.now()),
      ),
    count: async (query) => Number(Object.values(client.query(query).get() as object)[0]),
    revert: async (script, name) =>
      run(script, () => client.query("delete from schema_migrations where name = ?").run(name)),
    // SQLite plans by rules: none of them needs to know how large a table is.
    refreshStatistics: async () => {},
    close: async () => {
      client.run("commit");
      client.close();
    },
  };
}

function readerOver(client: Database): MigrationReader {
  const isTable = "select 1 from sqlite_schema where type = 'table' and";
  return {
    engine: "sqlite",
    applied: async () => {
      if (!client.query(`${isTable} name = 'schema_migrations'`).get()) return [];
      const rows = client.query("select * from schema_migrations order by name").all() as Record<
        string,
        never
      >[];
      return rows.map((r) => ({
        name: String(r.name),
        checksum: String(r.checksum),
        breaking: Boolean(r.breaking),
        appliedAt: new Date(Number(r.applied_at)),
      })) satisfies Applied[];
    },
    hasTables: async () =>
      client.query(`${isTable} name not in ('schema_migrations', 'sqlite_sequence')`).get() !== null,
    close: async () => client.close(),
  };
}
