import { getTableColumns, getTableName } from "drizzle-orm";
import { postgresColumns } from "./columns.ts";
import { defineTables, engineColumns, engineTables } from "./tables.ts";

/** Where a database (its columns as `table.column`) and `tables.ts` differ. */
export function compareSchema(
  engine: "postgres" | "sqlite",
  found: string[],
): { missing: string[]; unexpected: string[] } {
  const declared = Object.values(defineTables(postgresColumns)).flatMap((table) =>
    Object.values(getTableColumns(table)).map((column) => `${getTableName(table)}.${column.name}`),
  );
  const wanted = new Set([...declared, ...engineColumns[engine]]);
  const ownTables = engineTables[engine];
  return {
    missing: [...wanted].filter((column) => !found.includes(column)),
    unexpected: found.filter(
      (column) => !wanted.has(column) && !ownTables.includes(column.split(".")[0] ?? ""),
    ),
  };
}
