import { Database } from "bun:sqlite";
import { Glob } from "bun";
import { compareSchema } from "../db/compare-schema.ts";
import { migrations } from "../db/migrations/catalogue.ts";

/**
 * Checks that the migrations and `db/tables.ts` agree: SQLite's by running them in memory, Postgres's by comparing the
 * columns that both create. The tests check the schema that Postgres itself creates.
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
const columns = database
  .query(
    `select m.name || '.' || c.name as line from sqlite_schema m join pragma_table_info(m.name) c
     where m.type in ('table', 'view') and m.name not like 'sqlite_%'`,
  )
  .all() as { line: string }[];
const { missing, unexpected } = compareSchema(
  "sqlite",
  columns.map((column) => column.line),
);
faults.push(...missing.map((column) => `no SQLite migration makes ${column}`));
faults.push(...unexpected.map((column) => `db/tables.ts does not declare ${column}`));

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
