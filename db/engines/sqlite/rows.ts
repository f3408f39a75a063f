import { type Column, getTableColumns, getTableName } from "drizzle-orm";
import { keyColumns, type TableWith } from "../../table-list.ts";
import type { Rewritten } from "../engine.ts";
import { tables } from "./dialect.ts";
import type { Statement } from "./statement.ts";

type Name = TableWith<{ key: readonly string[] }>;

export function insertRow(name: Name, row: object): Statement {
  const { insert, columns } = written(name);
  return { text: insert, values: valuesOf(row, columns) };
}

export function updateRow(name: Name, row: object): Statement {
  const { update, others, key } = written(name);
  return { text: update, values: [...valuesOf(row, others), ...valuesOf(row, key)] };
}

/** Each but the first and the last finds its row, if its data is still what was read. */
export function rewriteRows(name: Name, rows: Rewritten[]): Statement[] {
  const text = `update ${getTableName(tables[name])} set data = ? where id = ? and json(data) = json(?) returning 1`;
  return [
    // The triggers of append-only tables accept changes while this row is there: within the transaction.
    { text: "insert into erasing (one) values (1)", values: [] },
    ...rows.map(({ id, was, data }) => ({ text, values: [JSON.stringify(data), id, JSON.stringify(was)] })),
    { text: "delete from erasing", values: [] },
  ];
}

type NamedColumn = [property: string, column: Column];

function valuesOf(row: object, columns: NamedColumn[]): Statement["values"] {
  return columns.map(([property, column]) => {
    const value = (row as Record<string, unknown>)[property] ?? null;
    return value === null ? null : (column.mapToDriverValue(value) as string | number);
  });
}

type Written = Record<"insert" | "update", string> & Record<"columns" | "key" | "others", NamedColumn[]>;
const known = new Map<Name, Written>();

/** Everything needed to write rows of a table; used for every row, so it is kept. */
function written(name: Name): Written {
  const kept = known.get(name);
  if (kept) return kept;
  const table = getTableName(tables[name]);
  const columns: NamedColumn[] = Object.entries(getTableColumns(tables[name]));
  const keyed = keyColumns(tables, name).map((column) => column.name);
  const key = columns.filter(([, column]) => keyed.includes(column.name));
  const others = columns.filter(([, column]) => !keyed.includes(column.name));
  const all = columns.map(([, column]) => column.name);
  const set = (some: NamedColumn[]) => some.map(([, column]) => `${column.name} = ?`);
  const made: Written = {
    insert: `insert into ${table} (${all.join(", ")}) values (${all.map(() => "?").join(", ")})`,
    update: `update ${table} set ${set(others).join(", ")} where ${set(key).join(" and ")}`,
    columns,
    key,
    others,
  };
  known.set(name, made);
  return made;
}
