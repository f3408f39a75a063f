import { overbookedSums } from "../occupancy.ts";
import {
  type BackupRow,
  type Kind,
  requireNoOverbooking,
  sortKey,
  type TableFormat,
  UnfitRows,
} from "./format.ts";

type Value = string | number | null;

/** Runs one statement and returns its rows, on whatever runs SQLite. */
export type RunSql = (text: string, ...values: Value[]) => Record<string, unknown>[];

export type Trigger = { name: string; sql: string };

/**
 * Where a restored log continues: at the microseconds since 1970 plus a random part. The stride is larger than what its
 * source can have added since the backup, so that clients that read those events don't miss new ones. The random part
 * keeps two restores of one backup apart.
 */
const nextPosition = (lastSeq: string) => {
  const stride = 100_000_000_000;
  const now = "cast(unixepoch('subsec') * 1000 as integer) * 1000";
  return `max(${lastSeq}, ${now}) + ${stride} + abs(random() % ${stride})`;
};

const namesOfKey = (table: TableFormat) =>
  table.name === "events" ? ["seq"] : sortKey(table).map(({ name }) => name);

/** The rows of a table in order. A page has two kinds of values: the key to continue after, if any, and its length. */
export function selectRows(table: TableFormat, page?: "first" | "next"): string {
  const chosen = Object.entries(table.columns).map(([column, kind]) =>
    kind === "position" ? `cast(seq as text) as ${column}` : column,
  );
  const key = namesOfKey(table);
  const after = page === "next" ? ` where (${key.join(", ")}) > (${key.map(() => "?").join(", ")})` : "";
  const limit = page ? " limit ?" : "";
  return `select ${chosen.join(", ")} from ${table.name}${after} order by ${key.join(", ")}${limit}`;
}

/** What a page continues after, once it has ended with this row. */
export function keyOf(table: TableFormat, row: BackupRow): (string | number)[] {
  if (table.name === "events") return [Number(row.position)];
  return namesOfKey(table).map((name) => row[name] as string | number);
}

/**
 * Takes the triggers away, and returns them for `finishLoad`. They check writers; a restore writes rows that they have
 * already accepted.
 */
export function dropTriggers(sql: RunSql): Trigger[] {
  const triggers = sql("select name, sql from sqlite_schema where type = 'trigger'") as Trigger[];
  for (const { name } of triggers) sql(`drop trigger ${name}`);
  return triggers;
}

export function insertRows(sql: RunSql, { name, columns }: TableFormat, rows: BackupRow[]): void {
  const entries = Object.entries(columns);
  const into = entries.map(([column, kind]) => (kind === "position" ? "seq" : column)).join(", ");
  const text = `insert into ${name} (${into}) values (${entries.map(() => "?").join(", ")})`;
  for (const row of rows) sql(text, ...entries.map(([column, kind]) => toDriver(kind, row[column])));
}

/**
 * Once the claims are summed up: puts the triggers back as they were, checks all references, and starts a new part of
 * the log.
 */
export function finishLoad(sql: RunSql, triggers: Trigger[]): void {
  for (const trigger of triggers) sql(trigger.sql);
  const broken = sql("pragma foreign_key_check");
  if (broken.length > 0) throw new UnfitRows(`The backup has ${broken.length} broken references.`);
  requireNoOverbooking(sql(overbookedSums("unixepoch() * 1000")));
  sql(`update sqlite_sequence set seq = ${nextPosition("seq")} where name = 'events'`);
}

function toDriver(kind: Kind, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "instant":
      return Date.parse(String(value));
    case "flag":
      return value ? 1 : 0;
    case "json":
      return JSON.stringify(value);
    case "position":
      // A Postgres position has no number here. The rows come in order, so the next number will do.
      return String(value).includes(":") ? null : Number(value);
    default:
      return value as string | number;
  }
}
