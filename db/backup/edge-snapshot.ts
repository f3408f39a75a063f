import { migrations as catalogue } from "../migrations/catalogue.ts";
import { parseRow } from "./check-row.ts";
import { type Answer, edgeClient } from "./edge-client.ts";
import { BackupBegun, chunk, nextHeader, paths } from "./edge-protocol.ts";
import { BackupFault } from "./files.ts";
import { type BackupRow, backupTables, encodeRow, type TableFormat } from "./format.ts";
import type { Load, Snapshot } from "./snapshot.ts";

type Ask = ReturnType<typeof edgeClient>;

/** An object checks all references before it answers. */
const finishLimitMs = 5 * 60_000;

/** An installation at the edge as it is now: it refuses changes until the snapshot is closed. */
export async function openEdgeSnapshot(url: string, platformKey: string): Promise<Snapshot> {
  const ask = edgeClient(url, platformKey);
  const query = { backup: crypto.randomUUID() };
  const begun = begunBy(await ask("POST", paths.backup, { body: JSON.stringify(query) }));
  const close = once(() => ask("DELETE", paths.backup, { query }));
  try {
    requireSameSchema(begun);
  } catch (error) {
    await close();
    throw error;
  }
  const rowsOf = (name: string) => begun.tables.find((table) => table.name === name)?.rows ?? 0;
  return {
    engine: "sqlite",
    migrations: begun.migrations,
    count: async (table) => rowsOf(table),
    rows: (table) => counted(readRows(ask, paths.backup, query, table.name), table.name, rowsOf(table.name)),
    close,
  };
}

/** Fills an installation at the edge that holds nothing yet. It answers nobody else until the end. */
export async function openEdgeLoad(url: string, platformKey: string, migrations: string[]): Promise<Load> {
  const ask = edgeClient(url, platformKey);
  const query = { restore: crypto.randomUUID() };
  await ask("POST", paths.restore, { body: JSON.stringify({ ...query, migrations }) });
  const close = once(() => ask("DELETE", paths.restore, { query }));
  let sent = 0;
  let finished = false;
  return {
    engine: "sqlite",
    rows: (table) => readRows(ask, paths.restore, query, table.name),
    insert: async (table, rows) => {
      for (const body of bodies(table, rows)) {
        sent += 1;
        const asked = { query: { ...query, chunk: String(sent) }, body, contentType: "application/jsonl" };
        await ask("POST", `${paths.restore}/${table.name}`, asked);
      }
    },
    finish: async () => {
      const asked = { query, timeLimitMs: finishLimitMs };
      while ((await ask("POST", `${paths.restore}/finish`, asked)).status === 202);
      finished = true;
    },
    close: async () => {
      if (!finished) await close();
    },
  };
}

/** Runs once. Its own fault is not reported: the caller may be closing because of another, and a backup ends by itself. */
function once(end: () => Promise<unknown>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  return () => {
    ended ??= end().then(
      () => {},
      () => {},
    );
    return ended;
  };
}

function begunBy({ text }: Answer) {
  const begun = BackupBegun.safeParse(parse(text));
  if (begun.success) return begun.data;
  throw new BackupFault(
    "What answers at DATABASE_URL is not an installation of this version. Correct DATABASE_URL, or use that version here.",
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A backup has the tables of the program that writes it. */
function requireSameSchema({ migrations, tables, version }: ReturnType<typeof begunBy>): void {
  const formats = tables.map(({ name, columns }) => ({ name, columns }));
  const ours = catalogue.map(({ name }) => name);
  if (Bun.deepEquals(migrations, ours) && Bun.deepEquals(formats, backupTables())) return;
  throw new BackupFault(
    `The installation runs another version of Booking (${JSON.stringify(version.slice(0, 60))}), with another schema. Back up with that version, or deploy this one first.`,
  );
}

async function* readRows(
  ask: Ask,
  path: string,
  query: Record<string, string>,
  name: string,
): AsyncGenerator<BackupRow> {
  const format = backupTables().find((table) => table.name === name);
  if (!format) throw new Error(`A backup does not know the table ${name}.`);
  for (let after: string | null = ""; after !== null; ) {
    const { text, headers }: Answer = await ask("GET", `${path}/${name}`, {
      query: after === "" ? query : { ...query, after },
    });
    for (const line of text.split("\n")) if (line !== "") yield readRow(format, line);
    after = headers.get(nextHeader);
  }
}

function readRow(format: TableFormat, line: string): BackupRow {
  try {
    return parseRow(format, line);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? "is not JSON" : (cause as Error).message;
    throw new BackupFault(`A row of ${format.name} ${why}. Try again.`, { cause });
  }
}

async function* counted(
  rows: AsyncIterable<BackupRow>,
  table: string,
  wanted: number,
): AsyncGenerator<BackupRow> {
  let found = 0;
  for await (const row of rows) {
    found += 1;
    yield row;
  }
  if (found !== wanted)
    throw new BackupFault(`${found} rows of ${table} came, out of ${wanted}. Try the backup again.`);
}

function* bodies(table: TableFormat, rows: BackupRow[]): Generator<string> {
  let lines: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const line = encodeRow(table, row);
    const length = Buffer.byteLength(line);
    if (lines.length > 0 && (lines.length >= chunk.rows || bytes + length > chunk.bytes)) {
      yield lines.join("");
      [lines, bytes] = [[], 0];
    }
    lines.push(line);
    bytes += length;
  }
  if (lines.length > 0) yield lines.join("");
}
