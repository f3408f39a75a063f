import { getTableColumns } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { TableName } from "../src/domain/change.ts";
import type { Tables } from "./tables.ts";

/** What must be known about a table wherever all tables are handled. */
type About<T extends keyof Tables> = {
  /** Who writes its rows: a change, the store itself, or a trigger of the database. */
  rowsFrom: T extends TableName ? "change" : "store" | "trigger";
  /** If not, a restore computes its rows from those of other tables. */
  inBackup: boolean;
  ofOrganization: "organizationId" extends keyof Tables[T] ? true : false;
  key: readonly (string & keyof Tables[T]["$inferSelect"])[];
  /**
   * What the erasure of a person does to their traces in it: it redacts rows by a change, rewrites append-only rows, or
   * deletes rows. It keeps ids, times and quantities, and what others have written.
   */
  erasure: "redacts" | "rewrites" | "deletes" | "keeps";
};

const ordinary = { inBackup: true, ofOrganization: true, key: ["id"] } as const;

/** Every table, after the tables that its rows refer to. `TableName` is exactly those whose rows come from a change. */
export const tableList = {
  organizations: { ...ordinary, rowsFrom: "change", ofOrganization: false, erasure: "keeps" },
  users: { ...ordinary, rowsFrom: "change", erasure: "redacts" },
  resources: { ...ordinary, rowsFrom: "change", erasure: "redacts" },
  sessions: { ...ordinary, rowsFrom: "change", erasure: "keeps" },
  apiKeys: { ...ordinary, rowsFrom: "change", erasure: "keeps" },
  bookings: { ...ordinary, rowsFrom: "change", erasure: "redacts" },
  mentions: { ...ordinary, rowsFrom: "trigger", key: ["bookingId", "address"], erasure: "deletes" },
  claims: { ...ordinary, rowsFrom: "change", key: ["id", "part"], erasure: "keeps" },
  occupancy: {
    rowsFrom: "trigger",
    inBackup: false,
    ofOrganization: false,
    key: ["resourceId", "since"],
    erasure: "keeps",
  },
  links: { ...ordinary, rowsFrom: "change", erasure: "keeps" },
  tasks: { ...ordinary, rowsFrom: "change", erasure: "keeps" },
  events: { ...ordinary, rowsFrom: "change", erasure: "rewrites" },
  receipts: { ...ordinary, rowsFrom: "change", key: ["callerId", "key"], erasure: "deletes" },
  refusals: { ...ordinary, rowsFrom: "store", erasure: "rewrites" },
  settings: { ...ordinary, rowsFrom: "store", ofOrganization: false, key: ["name"], erasure: "keeps" },
} as const satisfies { [T in keyof Tables]: About<T> } & Record<TableName, { rowsFrom: "change" }>;

/** The names of the tables whose entry has all of these properties. */
export type TableWith<Wanted> = {
  [T in keyof Tables]: (typeof tableList)[T] extends Wanted ? T : never;
}[keyof Tables];

/** The tables whose entry has all of these properties, in the order of the list. */
export function tablesWith<const Wanted extends Partial<(typeof tableList)[keyof Tables]>>(
  wanted: Wanted,
): TableWith<Wanted>[] {
  const fits = (entry: Record<string, unknown>) =>
    Object.entries(wanted).every(([property, value]) => entry[property] === value);
  const names = Object.keys(tableList) as (keyof Tables)[];
  return names.filter((name): name is TableWith<Wanted> => fits(tableList[name]));
}

/** The columns of a table's key, in one dialect. */
export function keyColumns(tables: Tables, name: TableWith<{ key: readonly string[] }>): PgColumn[] {
  const columns: Record<string, PgColumn> = getTableColumns(tables[name]);
  return tableList[name].key.map((key) => columns[key] as PgColumn);
}
