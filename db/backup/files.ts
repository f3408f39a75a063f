import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { BackedUpTable } from "./format.ts";

/** What is wrong with a backup, or with where it should go, and what to do about it. */
export class BackupFault extends Error {}

/** How far a long work is: rows done, of so many. */
export type Progress = (done: number, total: number) => void;

/** Writes lines to a new file, and says how many there were and what they add up to. */
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

/** The lines of a table of a backup; throws `BackupFault` at its end when they are not those that were written. */
export async function* readLines(folder: string, table: BackedUpTable): AsyncGenerator<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  let rows = 0;
  try {
    for await (const line of splitLines(join(folder, table.file))) {
      hasher.update(`${line}\n`);
      rows += 1;
      yield line;
    }
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") {
      throw new BackupFault(`${table.file} is missing from ${folder}. Use another backup.`, { cause });
    }
    throw new BackupFault(`${table.file} can't be read to its end. Use another backup.`, { cause });
  }
  if (rows !== table.rows || hasher.digest("hex") !== table.sha256) {
    throw new BackupFault(
      `${table.file} is not what was written: it is damaged or was changed. Use another backup.`,
    );
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
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input.pipe(unzipped)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
