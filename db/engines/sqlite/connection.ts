import { Database as Sqlite } from "bun:sqlite";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** Earlier versions can corrupt a database in WAL mode. */
export const oldestSqlite = "3.51.3";

export function connectSqlite(path: string): Sqlite {
  if (path !== ":memory:") prepareFile(path);
  const client = new Sqlite(path, { create: true, strict: true });
  client.run("pragma busy_timeout = 5000");
  const { version } = client.query("select sqlite_version() as version").get() as { version: string };
  if (Bun.semver.order(version, oldestSqlite) < 0) {
    throw new Error(`SQLite ${version} is too old: ${oldestSqlite} or later is needed.`);
  }
  client.run("pragma journal_mode = wal");
  // An acknowledged commit is on disk, also when the machine loses power.
  client.run("pragma synchronous = full");
  client.run("pragma foreign_keys = on");
  // What is deleted, as by an erasure, is overwritten in the file.
  client.run("pragma secure_delete = on");
  return client;
}

/** The file may contain secrets, so only its owner may read it; SQLite gives its companion files the same mode. */
function prepareFile(path: string): void {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
}
