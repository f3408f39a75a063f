import { codeOf } from "../engines/outage.ts";
import { migrateUp, migrationStatus } from "../migrate.ts";
import { migrations } from "../migrations/catalogue.ts";
import { BackupFault, type Progress, type ReadRow, readRows } from "./files.ts";
import { type BackedUpTable, type BackupRow, encodeRow, type Manifest } from "./format.ts";
import { openLoad } from "./open-snapshot.ts";
import type { Load } from "./snapshot.ts";
import { verifyBackup } from "./verify-backup.ts";

/** Rows that go into one statement, and how long their lines may be together. */
const batch = { rows: 1_000, characters: 4 * 1024 * 1024 };

/**
 * Fills an empty database, of either engine, from a backup: creates the schema as it was, inserts the rows in one
 * transaction, compares each with the backup, and then applies newer migrations. Refuses a database that contains
 * anything.
 */
export async function restoreBackup(
  databaseUrl: string,
  { folder, onProgress = () => {} }: { folder: string; onProgress?: Progress },
): Promise<Manifest> {
  const manifest = await verifyBackup(folder);
  const ours = migrations.filter(({ name }) => manifest.migrations.includes(name));
  await refuseOtherSchema(databaseUrl, manifest.migrations);
  await migrateUp(databaseUrl, ours);
  const load = await openLoad(databaseUrl);
  try {
    for (const { name } of manifest.tables) if ((await load.count(name)) > 0) throw used();
    await fill(load, folder, manifest, onProgress);
    await load.finish();
  } finally {
    await load.close();
  }
  await migrateUp(databaseUrl);
  return manifest;
}

/** A schema with more or less than the backup's was made by somebody else for something else. */
async function refuseOtherSchema(databaseUrl: string, wanted: string[]): Promise<void> {
  const status = await migrationStatus(databaseUrl);
  const applied = status.filter(({ state }) => state !== "pending").map(({ name }) => name);
  if (applied.length > 0 && !Bun.deepEquals(applied, wanted)) throw used();
}

function used(): BackupFault {
  return new BackupFault(
    "The database is not empty, and a restore overwrites nothing. Set DATABASE_URL to a new, empty database.",
  );
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
