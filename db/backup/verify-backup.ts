import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BackupFault, readRows, regularFile } from "./files.ts";
import { backupFormat, Manifest, manifestFile } from "./format.ts";
import { tablesOf } from "./schema-of.ts";

/** In bytes: about a hundred times what is needed. */
const largestManifest = 1024 * 1024;

/** Reads a whole backup and compares it with its manifest; throws `BackupFault` if they differ. */
export async function verifyBackup(folder: string): Promise<Manifest> {
  const manifest = readManifest(folder);
  for (const table of manifest.tables) {
    for await (const _ of readRows(folder, table));
  }
  return manifest;
}

export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestFile);
  if (!existsSync(folder)) {
    throw new BackupFault(`There is no folder ${folder}. Name the folder that \`booking backup\` made.`);
  }
  if (!existsSync(path)) {
    throw new BackupFault(
      `${folder} is not a backup: it has no ${manifestFile}. Name the folder that \`booking backup\` made.`,
    );
  }
  if (statSync(regularFile(folder, manifestFile)).size > largestManifest) {
    throw new BackupFault(`${path} is too large to be a manifest. Use another backup.`);
  }
  const read = Manifest.safeParse(parse(readFileSync(path, "utf8")));
  if (read.success) return { ...read.data, tables: tablesOf(read.data) };
  throw new BackupFault(
    `${path} is damaged, or of a version of Booking whose backups this one does not know (it knows format ${backupFormat}).`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
