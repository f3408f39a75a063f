import { codeOf } from "../engines/outage.ts";
import { BackupFault, type Progress, type ReadRow, readRows } from "./files.ts";
import { type BackedUpTable, type BackupRow, encodeRow, type Manifest, UnfitRows } from "./format.ts";
import { openLoad } from "./open-snapshot.ts";
import type { Load } from "./snapshot.ts";
import { verifyBackup } from "./verify-backup.ts";

/** Rows that go into one statement, and how long their lines may be together. */
const batch = { rows: 1_000, characters: 4 * 1024 * 1024 };

type Options = {
  folder: string;
  /** Of an installation at the edge. */
  platformKey?: string | undefined;
  onProgress?: Progress;
};

/**
 * Fills an empty installation, on any engine, from a backup: creates the schema as it was, inserts the rows, compares
 * each with the backup, and then applies newer migrations. Refuses an installation that contains anything.
 */
export async function restoreBackup(
  url: string,
  { folder, platformKey, onProgress = () => {} }: Options,
): Promise<Manifest> {
  const manifest = await verifyBackup(folder);
  const load = await openLoad(url, manifest, platformKey);
  try {
    await fill(load, folder, manifest, onProgress);
    await load.finish().catch((error) => {
      if (!(error instanceof UnfitRows)) throw error;
      throw new BackupFault(`${error.message} Nothing was restored. Use another backup.`, { cause: error });
    });
  } finally {
    await load.close();
  }
  return manifest;
}

/** Writes all rows, then reads all of them back. */
async function fill(
  load: Load,
  folder: string,
  { tables, engine }: Manifest,
  onProgress: Progress,
): Promise<void> {
  const total = 2 * tables.reduce((sum, table) => sum + table.rows, 0);
  let done = 0;
  for (const table of tables) {
    for await (const rows of inBatches(readRows(folder, table))) {
      await load.insert(table, rows).catch((error) => {
        throw misfit(table.name, error);
      });
      done += rows.length;
      onProgress(done, total);
    }
  }
  for (const table of tables) {
    // The other engine writes positions differently; only their order must match.
    const compared = engine === load.engine ? table : withoutPosition(table);
    await compare(load, compared, readRows(folder, table));
    done += table.rows;
    onProgress(done, total);
  }
}

/** Rows of the right types that the schema still refuses: a reference to nothing, a number out of range. */
function misfit(table: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (!/^(22|23|SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_RANGE|SQLITE_TOOBIG)/.test(code)) return cause;
  return new BackupFault(
    `The database refuses the backup's rows of ${table} (${code}). Nothing was restored. Use another backup.`,
    { cause },
  );
}

function withoutPosition(table: BackedUpTable): BackedUpTable {
  const { position: _, ...columns } = table.columns;
  return { ...table, columns };
}

async function compare(load: Load, table: BackedUpTable, rows: AsyncIterable<ReadRow>): Promise<void> {
  const restored = load.rows(table)[Symbol.asyncIterator]();
  const compared = async (row: BackupRow | undefined) => {
    const { value } = await restored.next();
    const wanted = row === undefined ? undefined : encodeRow(table, row);
    const found = value === undefined ? undefined : encodeRow(table, value);
    if (wanted !== found)
      throw new BackupFault(
        `The rows written to ${table.name} differ from the backup. Nothing was restored.`,
      );
  };
  for await (const { row } of rows) await compared(row);
  await compared(undefined);
}

async function* inBatches(all: AsyncIterable<ReadRow>): AsyncGenerator<BackupRow[]> {
  let rows: BackupRow[] = [];
  let characters = 0;
  for await (const { row, length } of all) {
    rows.push(row);
    characters += length;
    if (rows.length < batch.rows && characters < batch.characters) continue;
    yield rows;
    [rows, characters] = [[], 0];
  }
  if (rows.length > 0) yield rows;
}
