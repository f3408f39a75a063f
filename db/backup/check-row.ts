import type { BackupRow, Kind, TableFormat } from "./format.ts";

const position = /^(\d{1,9}:\d{1,18}:)?\d{1,18}$/;

/** The row in a line of a backup; throws an `Error` that says what is wrong if it does not fit its table. */
export function parseRow({ columns }: TableFormat, line: string): BackupRow {
  const row: unknown = JSON.parse(line);
  if (row === null || typeof row !== "object" || Array.isArray(row)) throw new Error("is not an object");
  const names = Object.keys(row);
  for (const [name, kind] of Object.entries(columns)) {
    if (!Object.hasOwn(row, name)) throw new Error(`lacks ${name}`);
    if (!isOfKind(kind, (row as BackupRow)[name]))
      throw new Error(`has a ${name} that is not of the kind ${kind}`);
  }
  if (names.length !== Object.keys(columns).length) throw new Error("has more columns than its table");
  return row as BackupRow;
}

function isOfKind(kind: Kind, value: unknown): boolean {
  if (value === null) return true;
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
    case "flag":
      return typeof value === "boolean";
    case "instant":
      return typeof value === "string" && isInstant(value);
    case "position":
      return typeof value === "string" && position.test(value);
    case "json":
      return true;
  }
}

/** Exactly as `encodeRow` writes it. */
function isInstant(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}
