import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `work` in an empty folder, and removes the folder after. */
export async function inEmptyFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "booking-folder-"));
  await work(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}
