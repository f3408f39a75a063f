import type { ObjectStorage } from "../engines/sqlite/durable-object.ts";
import type { Applied, MigrationSession } from "./session.ts";

/** Nobody else can migrate an object while it migrates itself: there is nothing to lock. */
export function durableObjectSession(storage: ObjectStorage): MigrationSession {
  const query = (text: string, ...values: unknown[]) => storage.sql.exec(text, ...values).toArray();
  query(`create table if not exists schema_migrations (
    name text primary key, checksum text not null, breaking integer not null, applied_at integer not null
  ) strict`);
  const run = async (script: string, record: () => void) =>
    storage.transactionSync(() => {
      query(script);
      const broken = query("pragma foreign_key_check");
      if (broken.length > 0) throw new Error(`The migration leaves ${broken.length} broken references.`);
      record();
    });
  const isTable = "select 1 from sqlite_schema where type = 'table' and";
  return {
    engine: "sqlite",
    applied: async () =>
      query("select * from schema_migrations order by name").map((row) => ({
        name: String(row.name),
        checksum: String(row.checksum),
        breaking: Boolean(row.breaking),
        appliedAt: new Date(Number(row.applied_at)),
      })) satisfies Applied[],
    hasTables: async () =>
      query(
        `${isTable} name not in ('schema_migrations', 'sqlite_sequence') and name not like '\\_cf\\_%' escape '\\'`,
      ).length > 0,
    apply: (script, { name, checksum, breaking }) =>
      run(script, () =>
        query(
          "insert into schema_migrations (name, checksum, breaking, applied_at) values (?, ?, ?, ?)",
          name,
          checksum,
          Number(breaking),
          Date.now(),
        ),
      ),
    count: async (text) => Number(Object.values(query(text)[0] ?? {})[0]),
    revert: (script, name) => run(script, () => query("delete from schema_migrations where name = ?", name)),
    refreshStatistics: async () => {},
    close: async () => {},
  };
}
