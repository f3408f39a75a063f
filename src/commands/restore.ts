import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { verifyBackup } from "../../db/backup/verify-backup.ts";
import type { BackupConfig } from "../process/config.ts";
import { explainBackupFault } from "./backup.ts";
import { type Output, print, progressBar } from "./output.ts";

/** Fills an empty installation from a backup; with `verifyOnly` the backup is read to its end and nothing is written. */
export async function restore(
  { database: { url }, platformKey }: BackupConfig,
  folder: string,
  { verifyOnly = false, ...output }: Output & { verifyOnly?: boolean },
): Promise<void> {
  const bar = progressBar("Restoring");
  const work = verifyOnly
    ? verifyBackup(folder)
    : restoreBackup(url, { folder, platformKey, onProgress: bar.update });
  const manifest = await work.catch((error) => explainBackupFault(url, error)).finally(bar.stop);
  const rows = Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]));
  const taken = `of ${manifest.takenAt}, from ${manifest.engine}, with ${rows.bookings} bookings and ${rows.events} events`;
  print(
    output,
    { folder, restored: !verifyOnly, takenAt: manifest.takenAt, rows },
    verifyOnly
      ? `The backup is complete: ${taken}.`
      : `Restored the backup ${taken}; every row was compared.`,
  );
}
