import { Database } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, openSync } from "node:fs";

/**
 * Locks `<path>.lock` for the life of the process, so that a second server on one file is refused. The lock is the
 * operating system's, on a separate database: it ends with the process, however that ends. Returns a function that
 * releases it, or null when another process has the lock.
 */
export function lockSqlite(path: string): (() => void) | null {
  // For its owner only, as the data next to it is.
  closeSync(openSync(`${path}.lock`, "a", 0o600));
  chmodSync(`${path}.lock`, 0o600);
  const lock = new Database(`${path}.lock`, { create: true });
  try {
    lock.run("pragma busy_timeout = 0");
    lock.run("pragma locking_mode = exclusive");
    lock.run("begin exclusive");
    return () => lock.close();
  } catch {
    lock.close();
    return null;
  }
}

/** Whether a server has a file locked. It only looks: it creates nothing, and holds nothing afterwards. */
export function isLockedSqlite(path: string): boolean {
  if (!existsSync(`${path}.lock`)) return false;
  const lock = new Database(`${path}.lock`, { readonly: true });
  try {
    lock.query("select 1 from sqlite_schema").all();
    return false;
  } catch {
    return true;
  } finally {
    lock.close();
  }
}
