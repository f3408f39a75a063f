import { createReadStream, createWriteStream, lstatSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { parseRow } from "./check-row.ts";
import type { BackedUpTable, BackupRow } from "./format.ts";

/**
 * In characters; a row with everything that the API accepts is far shorter. A file of one endless line would fill the
 * memory.
 */
const longestLine = 16 * 1024 * 1024;

/** A problem with a backup, or with its destination, and what to do about it. */
export class BackupFault extends Error {}

/** The progress of long work: rows done, out of how many. */
export type Progress = (done: number, total: number) => void;

/** Writes lines to a new file, and returns their number and checksum. */
export async function writeLines(
  path: string,
  lines: AsyncIterable<string>,
): Promise<{ rows: number; sha256: string }> {
  const hasher = new Bun.CryptoHasher("sha256");
  let rows = 0;
  const counted = async function* () {
    for await (const chunk of inChunks(lines)) {
      hasher.update(chunk.text);
      rows += chunk.lines;
      yield chunk.text;
    }
  };
  await pipeline(
    Readable.from(counted(), { objectMode: true }),
    createGzip({ level: 6 }),
    createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }),
  );
  return { rows, sha256: hasher.digest("hex") };
}

/** A row, and how long its line is in characters. */
export type ReadRow = { row: BackupRow; length: number };

/** The rows of a table of a backup; throws `BackupFault` if they are not the rows that were written. */
export async function* readRows(folder: string, table: BackedUpTable): AsyncGenerator<ReadRow> {
  const hasher = new Bun.CryptoHasher("sha256");
  const notWritten = () =>
    new BackupFault(
      `${table.file} is not what was written: it is damaged or was changed. Use another backup.`,
    );
  let rows = 0;
  for await (const line of readable(table.file, splitLines(regularFile(folder, table.file)))) {
    hasher.update(`${line}\n`);
    rows += 1;
    // Anything longer than it should be is not read to its end.
    if (rows > table.rows) throw notWritten();
    yield { row: checked(table, line, rows), length: line.length };
  }
  if (rows !== table.rows || hasher.digest("hex") !== table.sha256) throw notWritten();
}

function checked(table: BackedUpTable, line: string, number: number): BackupRow {
  try {
    return parseRow(table, line);
  } catch (cause) {
    const what = cause instanceof SyntaxError ? "is not JSON" : (cause as Error).message;
    throw new BackupFault(`${table.file}: line ${number} ${what}. Use another backup.`, { cause });
  }
}

/** The path of a file in a backup. Refuses links and devices: they could lead anywhere, or never end. */
export function regularFile(folder: string, file: string): string {
  const path = join(folder, file);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return path;
  throw new BackupFault(
    `${file} is ${found ? "not a regular file" : `missing from ${folder}`}. Use another backup.`,
  );
}

async function* readable(file: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (cause) {
    throw new BackupFault(`${file} can't be read to its end. Use another backup.`, { cause });
  }
}

async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<{ text: string; lines: number }> {
  let waiting: string[] = [];
  for await (const line of lines) {
    waiting.push(line);
    if (waiting.length < 500) continue;
    yield { text: waiting.join(""), lines: waiting.length };
    waiting = [];
  }
  if (waiting.length > 0) yield { text: waiting.join(""), lines: waiting.length };
}

async function* splitLines(path: string): AsyncGenerator<string> {
  const unzipped = createGunzip();
  const input = createReadStream(path);
  input.on("error", (error) => unzipped.destroy(error));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of input.pipe(unzipped)) {
    const text = decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      yield rest + text.slice(from, end);
      rest = "";
      from = end + 1;
    }
    rest += text.slice(from);
    if (rest.length > longestLine) throw new Error("A line is longer than any row.");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
