import { createHash } from "node:crypto";
import { parseRow } from "../../../db/backup/check-row.ts";
import { chunk, nextHeader } from "../../../db/backup/edge-protocol.ts";
import { type BackupRow, backupTables, encodeRow, type TableFormat } from "../../../db/backup/format.ts";
import { keyOf, selectRows } from "../../../db/backup/sqlite-rows.ts";
import type { ObjectStorage } from "../../../db/engines/sqlite/durable-object.ts";
import { notFound, Refusal } from "../../domain/refusal.ts";

/** A table of a backup. Other names are refused, so none of a client's reaches a statement. */
export function tableOf(name: string): TableFormat {
  const table = backupTables().find((each) => each.name === name);
  if (!table) throw notFound();
  return table;
}

/** The rows of a table after those that a client has, as lines, and the header that says where to go on. */
export function readChunk({ sql }: ObjectStorage, table: TableFormat, after: string | null): Response {
  const key = after === null ? [] : keyIn(table, after);
  const rows = sql.exec(selectRows(table, after === null ? "first" : "next"), ...key, chunk.rows + 1);
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let bytes = 0;
  let last: BackupRow = {};
  let isWhole = true;
  for (const row of rows) {
    isWhole = lines.length < chunk.rows && bytes < chunk.bytes;
    if (!isWhole) break;
    const line = encodeRow(table, row);
    lines.push(line);
    bytes += encoder.encode(line).length;
    last = row;
  }
  const next = isWhole ? {} : { [nextHeader]: encodeURIComponent(JSON.stringify(keyOf(table, last))) };
  return new Response(lines.join(""), {
    headers: { "Content-Type": "application/jsonl", "Cache-Control": "no-store", ...next },
  });
}

function keyIn(table: TableFormat, after: string): unknown[] {
  const key: unknown = parsed(() => JSON.parse(decodeURIComponent(after)));
  const isKey =
    Array.isArray(key) &&
    key.length === keyOf(table, {}).length &&
    key.every((value) => typeof value === "string" || Number.isSafeInteger(value));
  if (isKey) return key;
  throw invalid(`Send \`after\` as the header ${nextHeader} of the chunk before.`);
}

function parsed(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return null;
  }
}

/** The rows in the lines of a chunk, and what identifies the chunk. */
export function parseChunk(table: TableFormat, text: string): { rows: BackupRow[]; digest: string } {
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length > chunk.rows) throw invalid(`Send at most ${chunk.rows} rows at a time.`);
  const rows = lines.map((line, at) => {
    try {
      return parseRow(table, line);
    } catch (error) {
      const what = error instanceof SyntaxError ? "is not JSON" : (error as Error).message;
      throw invalid(`Line ${at + 1} of these rows of ${table.name} ${what}. Use another backup.`);
    }
  });
  return { rows, digest: createHash("sha256").update(`${table.name}\n${text}`).digest("hex") };
}

/** The log goes on a good way behind the last position, and all of it has to be a whole number in JavaScript. */
const maxPosition = 8e15;

/**
 * Refuses events out of the order of the log, whose last position is `last`. Positions of another engine have no number:
 * their rows follow those that have one.
 */
export function requireLogOrder(rows: BackupRow[], last: number): void {
  let before = last;
  for (const { position } of rows) {
    const number = String(position).includes(":") ? Number.POSITIVE_INFINITY : Number(position);
    const follows = number > before || (number === before && number === Number.POSITIVE_INFINITY);
    if (!follows || (Number.isFinite(number) && !(number <= maxPosition)))
      throw invalid("These events are not in the order of the log. Use another backup.");
    before = number;
  }
}

export function invalid(detail: string): Refusal<"validation_failed"> {
  return new Refusal("validation_failed", detail, { errors: [] });
}
