import { z } from "zod";
import type { BackupRow, Kind, TableFormat } from "./format.ts";

/** What the JSON of a column looks like, wherever a column has this name. Readers count on it. */
const shapes: Record<string, z.ZodType> = {
  attendees: z.array(z.object({ email: z.string(), name: z.string().nullable() })),
  reminders: z.array(z.object({ minutesBefore: z.int(), channel: z.string() })),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  scopes: z.array(z.string()),
  data: z.record(z.string(), z.unknown()),
};

const position = /^(\d{1,9}:\d{1,18}:)?\d{1,18}$/;

/** The row in a line of a backup; throws an `Error` that says what is wrong if it does not fit its table. */
export function parseRow({ columns }: TableFormat, line: string): BackupRow {
  const row: unknown = JSON.parse(line);
  if (row === null || typeof row !== "object" || Array.isArray(row)) throw new Error("is not an object");
  const names = Object.keys(row);
  for (const [name, kind] of Object.entries(columns)) {
    if (!Object.hasOwn(row, name)) throw new Error(`lacks ${name}`);
    const value = (row as BackupRow)[name];
    if (!isOfKind(kind, value)) throw new Error(`has a ${name} that is not of the kind ${kind}`);
    if (kind === "json" && value !== null && shapes[name]?.safeParse(value).success === false)
      throw new Error(`has ${name} that the API can't have written`);
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
