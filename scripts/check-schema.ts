import { Database } from "bun:sqlite";
import { Glob } from "bun";
import { getTableName } from "drizzle-orm";
import { postgresColumns } from "../db/columns.ts";
import { compareSchema } from "../db/compare-schema.ts";
import { migrations } from "../db/migrations/catalogue.ts";
import { defineTables, engineTables } from "../db/tables.ts";

/**
 * Checks that the migrations agree with `db/tables.ts` and `db/table-list.ts`: SQLite's by running them in memory,
 * Postgres's by the tables and views that they create. The tests check the columns that Postgres itself creates.
 */
const faults: string[] = [];

const database = new Database(":memory:");
for (const { name, sqlite } of migrations) {
  try {
    database.run(sqlite.up);
  } catch (error) {
    faults.push(`${name} does not run on SQLite: ${error instanceof Error ? error.message : error}`);
  }
}
type Column = { type: string; table: string; column: string };
const columns = database
  .query(
    `select m.type, m.name as "table", c.name as "column" from sqlite_schema m join pragma_table_info(m.name) c
     where m.type in ('table', 'view') and m.name not like 'sqlite_%'`,
  )
  .all() as Column[];
const { missing, unexpected } = compareSchema(
  "sqlite",
  columns.map(({ table, column }) => `${table}.${column}`),
);
faults.push(...missing.map((column) => `no SQLite migration makes ${column}`));
faults.push(...unexpected.map((column) => `db/tables.ts does not declare ${column}`));

const listed = Object.values(defineTables(postgresColumns)).map((table) => `table ${getTableName(table)}`);
const madeBy = {
  sqlite: new Set(columns.map(({ type, table }) => `${type} ${table}`)),
  postgres: relationsAfter(migrations.map(({ postgres }) => postgres.up)),
};
for (const [engine, made] of Object.entries(madeBy) as [keyof typeof madeBy, Set<string>][]) {
  const own = engineTables[engine];
  const ours = [...made].filter((relation) => !own.includes(relation.split(" ")[1] ?? ""));
  for (const relation of ours)
    if (!listed.includes(relation)) faults.push(`${engine}: db/table-list.ts has no ${relation}`);
  for (const relation of listed)
    if (!made.has(relation)) faults.push(`${engine}: no migration makes the ${relation}`);
}

const names = (folder: string) =>
  [...new Glob("*.sql").scanSync(`db/migrations/${folder}`)]
    .map((file) => file.replace(/\.(up|down)\.sql$/, ""))
    .sort();
const catalogue = migrations.flatMap((m) => [m.name, m.name]).sort();
for (const folder of ["postgres", "sqlite"]) {
  if (!Bun.deepEquals(names(folder), catalogue)) {
    faults.push(
      `db/migrations/${folder} and catalogue.ts differ: each migration is an .up.sql and a .down.sql in both folders`,
    );
  }
}

for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);

/** The tables and views that scripts leave, as `table bookings`. */
function relationsAfter(scripts: string[]): Set<string> {
  const made = new Set<string>();
  const statement =
    /^\s*(create|drop)\b(?: or replace| unlogged| materialized)* (table|view) (?:if (?:not )?exists )?(\w+)|^\s*alter (table|view) (\w+) rename to (\w+)/gim;
  for (const [, verb, kind, name, renamed, from, to] of scripts.join("\n").matchAll(statement)) {
    if (verb?.toLowerCase() === "create") made.add(`${kind} ${name}`);
    else made.delete(`${kind ?? renamed} ${name ?? from}`);
    if (to) made.add(`${renamed} ${to}`);
  }
  return made;
}
