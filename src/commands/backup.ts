import { BackupFault } from "../../db/backup/files.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { BootError } from "../process/boot-error.ts";
import type { BackupConfig } from "../process/config.ts";
import { explainDatabaseFault } from "../process/database-fault.ts";
import { version } from "../process/version.ts";
import { type Output, print, progressBar } from "./output.ts";

/** Writes a consistent snapshot of the installation to a new folder; by default `backups/<time>`. */
export async function backup(
  { database: { url }, platformKey }: BackupConfig,
  folder: string | undefined,
  output: Output,
): Promise<void> {
  const takenAt = new Date();
  const to = folder ?? `backups/${takenAt.toISOString().replaceAll(":", "-").slice(0, 19)}Z`;
  const bar = progressBar("Backing up");
  const manifest = await writeBackup(url, {
    folder: to,
    platformKey,
    version,
    takenAt,
    onProgress: bar.update,
  })
    .catch((error) => explainBackupFault(url, error))
    .finally(bar.stop);
  const rows = Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]));
  print(
    output,
    { folder: to, takenAt: manifest.takenAt, rows },
    `Backed up ${rows.bookings} bookings and ${rows.events} events, all verified, to ${to}`,
  );
}

export function explainBackupFault(url: string, error: unknown): never {
  if (error instanceof BackupFault) throw new BootError(error.message, 1, { cause: error });
  throw explainDatabaseFault(url, error);
}
