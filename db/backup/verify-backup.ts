import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BackupFault, readLines } from "./files.ts";
import { backupFormat, Manifest, manifestFile } from "./format.ts";

/** Reads a backup to its end and compares it with its manifest; throws `BackupFault` where they differ. */
export async function verifyBackup(folder: string): Promise<Manifest> {
  const manifest = readManifest(folder);
  for (const table of manifest.tables) {
    for await (const _ of readLines(folder, table));
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
      `${folder} is no backup: it has no ${manifestFile}. Name the folder that \`booking backup\` made.`,
    );
  }
  const read = Manifest.safeParse(parse(readFileSync(path, "utf8")));
  if (read.success) return read.data;
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
