import { lockSqlite } from "../../db/engines/sqlite/lock.ts";
import { BootError, exitConfig } from "./boot-error.ts";

/** Keeps other servers off a SQLite file, until the returned function is called. Postgres serves several processes. */
export function lockDatabase(url: string): () => void {
  if (!url.startsWith("sqlite:")) return () => {};
  const path = url.slice("sqlite:".length);
  const release = lockSqlite(path);
  if (release) return release;
  throw new BootError(
    `Another process serves ${path}. A SQLite file allows only one: stop that process, or use Postgres for several.`,
    exitConfig,
  );
}
