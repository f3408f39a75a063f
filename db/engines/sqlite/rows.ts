import type { Database as Sqlite } from "bun:sqlite";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { TableName } from "../../../src/domain/change.ts";
import type { Tables } from "../../tables.ts";
import type { Rewritten } from "../engine.ts";

export function insertRow(client: Sqlite, tables: Tables, name: keyof Tables, row: object): void {
  const { insert, values } = forTable(tables, name);
  client.query(insert).run(...values(row));
}

export function updateRow(
  client: Sqlite,
  tables: Tables,
  name: TableName,
  row: object & { id: string },
): void {
  const { update, values } = forTable(tables, name);
  client.query(update).run(...values(row), row.id);
}

/** The triggers of append-only tables accept changes while there is a row in `erasing`: within this transaction. */
export function rewriteRows(client: Sqlite, table: string, rows: Rewritten[]): number {
  const write = () => {
    client.run("insert into erasing (one) values (1)");
    const update = client.query(`update ${table} set data = ? where id = ? and json(data) = json(?)`);
    let written = 0;
    for (const { id, was, data } of rows)
      written += update.run(JSON.stringify(data), id, JSON.stringify(was)).changes;
    client.run("delete from erasing");
    return written;
  };
  return client.transaction(write).immediate();
}

type ForTable = {
  insert: string;
  update: string;
  values(row: object): (string | number | null)[];
};
const known = new WeakMap<object, ForTable>();

/** Everything needed to write rows of a table; used for every row, so it is kept. */
function forTable(tables: Tables, name: keyof Tables): ForTable {
  const table = tables[name];
  const kept = known.get(table);
  if (kept) return kept;
  const entries = Object.entries(getTableColumns(table));
  const columns = entries.map(([, column]) => column.name);
  const made: ForTable = {
    insert: `insert into ${getTableName(table)} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
    update: `update ${getTableName(table)} set ${columns.map((column) => `${column} = ?`).join(", ")} where id = ?`,
    values: (row) =>
      entries.map(([key, column]) => {
        const value = (row as Record<string, unknown>)[key] ?? null;
        return value === null ? null : (column.mapToDriverValue(value) as string | number);
      }),
  };
  known.set(table, made);
  return made;
}
