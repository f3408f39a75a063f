import { codeOf } from "../db/engines/outage.ts";
import { SchemaError } from "../db/migrate.ts";
import { BootError, exitConfig } from "./boot-error.ts";

/** What to do about a database that can't be opened. The password in the URL is never shown. */
export function explainDatabaseFault(url: string, error: unknown): Error {
  if (error instanceof SchemaError) return new BootError(error.message, exitConfig, { cause: error });
  const code = codeOf(error);
  const advice = url.startsWith("sqlite:")
    ? sqliteAdvice(url.slice("sqlite:".length), code)
    : postgresAdvice(url, code);
  if (advice) return new BootError(advice, 1, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

function sqliteAdvice(path: string, code: string): string | null {
  if (
    /^(EACCES|EPERM|EROFS|ENOTDIR|ENOENT|EEXIST|EISDIR|SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_PERM)/.test(
      code,
    )
  ) {
    return `The database file ${path} can't be written (${code}). Make its folder writable, or set DATABASE_URL=sqlite:<another path>.`;
  }
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) {
    return `The disk of ${path} is full (${code}). Free some space, or set DATABASE_URL=sqlite:<a path on another disk>.`;
  }
  if (/^(SQLITE_IOERR|EIO)/.test(code)) {
    return `The disk of ${path} reports errors (${code}). See the system's log; restore the latest backup on another disk.`;
  }
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
    return `${path} is not a SQLite database, or it is damaged. Restore a backup, or set DATABASE_URL=sqlite:<another path>.`;
  }
  if (code.startsWith("SQLITE_BUSY"))
    return `The database file ${path} is in use by another process. Stop that process first.`;
  return null;
}

function postgresAdvice(url: string, code: string): string | null {
  const where = describe(url);
  if (/^(ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EAI_|CONNECT|CONNECTION_|FailedToOpenSocket)/.test(code)) {
    return `Postgres can't be reached at ${where} (${code}). Start it, or correct DATABASE_URL.`;
  }
  switch (code) {
    case "53100":
      return `The disk of Postgres at ${where} is full (53100). Free some space.`;
    case "58030":
      return `The disk of Postgres at ${where} reports errors (58030). See the log of Postgres.`;
    case "55P03":
    case "57014":
      return `Another transaction at ${where} has locked what this needs (${code}). End it (\`booking doctor\` names it), then try again.`;
    case "28P01":
    case "28000":
      return `Postgres at ${where} refuses the user or the password. Correct them in DATABASE_URL.`;
    case "3D000":
      return `The database does not exist on ${where}. Create it (createdb), or correct DATABASE_URL.`;
    case "42501":
      return `The user at ${where} may not do this (42501). It must own the database; btree_gist may have to be created by a superuser.`;
    case "0A000":
    case "58P01":
      return `Postgres at ${where} lacks the btree_gist extension (package postgresql-contrib).`;
    default:
      return null;
  }
}

function describe(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || "5432"}${pathname}`;
  } catch {
    return "the address in DATABASE_URL";
  }
}
