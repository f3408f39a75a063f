import { getTableColumns, getTableName } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import { postgresColumns } from "../columns.ts";
import { keyColumns, tablesWith } from "../table-list.ts";
import { defineTables } from "../tables.ts";

/**
 * A backup is a folder: one file per table, gzip of one JSON object per line, and `manifest.json`. Values are written
 * the same way for every engine: instants as RFC 3339 in UTC, JSON with its keys in order, and a `position` for each
 * event, which is its place in the log.
 */
export const backupFormat = 1;
export const manifestFile = "manifest.json";

const Kind = z.enum(["text", "integer", "flag", "instant", "json", "position"]);
export type Kind = z.infer<typeof Kind>;

export const TableFormat = z.object({ name: z.string(), columns: z.record(z.string(), Kind) });
export type TableFormat = z.infer<typeof TableFormat>;

/** `overbooked`: the resources on which more is booked ahead than they hold. The triggers that see to it are off. */
export function requireNoOverbooking(overbooked: unknown[]): void {
  if (overbooked.length > 0)
    throw new UnfitRows(`The backup has overlapping bookings, on ${overbooked.length} of its resources.`);
}

/** Rows that fit their tables, and make no installation. The message says why. */
export class UnfitRows extends Error {}

export type BackupRow = Record<string, unknown>;

export const Manifest = z.object({
  format: z.literal(backupFormat),
  /** The version of the program that wrote it. */
  version: z.string(),
  engine: z.enum(["postgres", "sqlite"]),
  takenAt: z.iso.datetime(),
  /** The migrations that the schema had. */
  migrations: z.array(z.string()).min(1),
  tables: z.array(
    TableFormat.extend({
      file: z.string(),
      rows: z.int().min(0),
      /** Of the lines, before they are compressed. */
      sha256: z.string(),
    }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;
export type BackedUpTable = Manifest["tables"][number];

const tables = defineTables(postgresColumns);
const order = tablesWith({ inBackup: true });

const kinds: Record<string, Kind> = {
  PgUUID: "text",
  PgText: "text",
  PgInteger: "integer",
  PgBoolean: "flag",
  PgTimestamp: "instant",
  PgJsonb: "json",
};

/** The tables of a backup; rows refer only to rows before them. */
export function backupTables(): TableFormat[] {
  return order.map((key) => {
    const columns = Object.values(getTableColumns(tables[key])).map((column) => {
      const kind = kinds[column.columnType];
      if (!kind) throw new Error(`A backup does not know columns of the type ${column.columnType}.`);
      return [column.name, kind] as const;
    });
    const position = key === "events" ? [["position", "position"] as const] : [];
    return { name: getTableName(tables[key]), columns: Object.fromEntries([...columns, ...position]) };
  });
}

/** The columns that order the rows of a table. Events have the order of the log instead. */
export function sortKey({ name }: TableFormat): PgColumn[] {
  const table = order.find((key) => getTableName(tables[key]) === name);
  if (!table) throw new Error(`A backup does not know the table ${name}.`);
  return keyColumns(tables, table);
}

/** A row as either driver gives it, as one line. */
export function encodeRow({ columns }: TableFormat, row: BackupRow): string {
  const values = Object.entries(columns).map(([name, kind]) => [name, encodeValue(kind, row[name])]);
  return `${JSON.stringify(Object.fromEntries(values))}\n`;
}

function encodeValue(kind: Kind, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "instant":
      return new Date(value as number | Date).toISOString();
    case "flag":
      return Boolean(value);
    case "json":
      return inOrder(typeof value === "string" ? JSON.parse(value) : value);
    default:
      return value;
  }
}

/** The same value with the keys of every object sorted: jsonb does not keep the order they came in. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}
