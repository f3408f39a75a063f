import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BackupFault, type Progress, writeLines } from "./files.ts";
import {
  backupFormat,
  backupTables,
  encodeRow,
  type Manifest,
  manifestFile,
  type TableFormat,
} from "./format.ts";
import { openSnapshot } from "./open-snapshot.ts";
import type { Snapshot } from "./snapshot.ts";
import { verifyBackup } from "./verify-backup.ts";

type Options = {
  folder: string;
  version: string;
  takenAt: Date;
  onProgress?: Progress;
  /** Of an installation at the edge. */
  platformKey?: string | undefined;
  open?: (url: string, platformKey?: string) => Promise<Snapshot>;
};

/**
 * Writes a consistent snapshot of an installation to a new folder, and reads it back. Until then the folder has a
 * temporary name, so a folder with its final name is complete. Blocks nobody, but an installation at the edge refuses
 * changes meanwhile.
 */
export async function writeBackup(url: string, options: Options): Promise<Manifest> {
  const { folder, platformKey, open = openSnapshot } = options;
  if (folder === "") throw new BackupFault("The folder's name is empty. Name a new folder.");
  if (existsSync(folder)) throw new BackupFault(`${folder} already exists. Name a new folder.`);
  const partial = `${folder}.partial`;
  const snapshot = await open(url, platformKey);
  try {
    await writeFiles(snapshot, partial, options).finally(() => snapshot.close());
    const manifest = await verifyBackup(partial);
    renameSync(partial, folder);
    return manifest;
  } catch (error) {
    if (existsSync(partial)) rmSync(partial, { recursive: true, force: true });
    throw explainFileFault(folder, error);
  }
}

async function writeFiles(
  snapshot: Snapshot,
  folder: string,
  { version, takenAt, onProgress = () => {} }: Options,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const { engine, migrations } = snapshot;
  const manifest: Manifest = {
    format: backupFormat,
    version,
    engine,
    takenAt: takenAt.toISOString(),
    migrations,
    tables: await writeTables(snapshot, folder, onProgress),
  };
  writeFileSync(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
}

const unwritable = ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EEXIST", "EIO"];

/** Turns a file system error about the folder into a sentence; returns any other error unchanged. */
function explainFileFault(folder: string, error: unknown): unknown {
  const { code = "", path } = error as { code?: string; path?: string };
  const cause = { cause: error };
  if (["ENOSPC", "EDQUOT", "EFBIG"].includes(code)) {
    return new BackupFault(
      `There is not enough space for the backup at ${folder} (${code}); the partial backup was removed. Free some space, or name a folder on another disk.`,
      cause,
    );
  }
  if (unwritable.includes(code) && (path ?? folder).startsWith(folder)) {
    return new BackupFault(`${folder} can't be written (${code}). Name a folder that can.`, cause);
  }
  return error;
}

async function writeTables(
  snapshot: Snapshot,
  folder: string,
  onProgress: Progress,
): Promise<Manifest["tables"]> {
  const tables = backupTables();
  let total = 0;
  for (const { name } of tables) total += await snapshot.count(name);
  let done = 0;
  const lines = async function* (table: TableFormat) {
    for await (const row of snapshot.rows(table)) {
      yield encodeRow(table, row);
      done += 1;
      if (done % 1_000 === 0) onProgress(done, total);
    }
  };
  const written: Manifest["tables"] = [];
  for (const table of tables) {
    const file = `${table.name}.jsonl.gz`;
    written.push({ ...table, file, ...(await writeLines(join(folder, file), lines(table))) });
  }
  onProgress(done, total);
  return written;
}
