import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { codedFault } from "../../db/engines/outage.ts";
import { SchemaError } from "../../db/migrations/apply.ts";
import { BootError, exitConfig } from "./boot-error.ts";

/** What to do about a database that can't be opened. The password in the URL is never shown. */
export function explainDatabaseFault(url: string, error: unknown): Error {
  if (error instanceof SchemaError) return new BootError(error.message, exitConfig, { cause: error });
  const fault = codedFault(error);
  const advice = url.startsWith("sqlite:")
    ? sqliteAdvice(url.slice("sqlite:".length), fault.code)
    : postgresAdvice(url, fault);
  if (advice) return new BootError(advice, 1, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

function sqliteAdvice(path: string, code: string): string | null {
  if (existsSync(path) && statSync(path).isDirectory()) {
    return `${path} is a folder. Name a file in it: DATABASE_URL=sqlite:${join(path, "booking.db")}.`;
  }
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

function postgresAdvice(url: string, { code, message }: { code: string; message: string }): string | null {
  const where = describe(url);
  if (code === "57P03" && message.includes("prepared transaction")) {
    return `A prepared transaction at ${where} holds the event log (57P03). Commit it or roll it back (\`booking doctor\` names it), then try again.`;
  }
  if (code === "ECONNRESET" && message.includes("secure TLS connection")) {
    return `Postgres at ${where} has no TLS, which DATABASE_URL demands. Remove \`?sslmode=…\` from DATABASE_URL, or turn on ssl in Postgres.`;
  }
  if (code === "28000" && message.includes("no encryption")) {
    return `Postgres at ${where} refuses this connection without TLS: ${message} (28000). Add \`?sslmode=require\` to DATABASE_URL; if that is refused too, allow this machine in pg_hba.conf.`;
  }
  if (/^ERR_TLS_|CERT|UNABLE_TO_VERIFY/.test(code)) {
    return `The certificate of Postgres at ${where} can't be trusted: ${message} (${code}). Install one that this machine trusts, or use \`?sslmode=require\`, which encrypts without verifying the server.`;
  }
  if (/^(0A000|58P01|42501)$/.test(code) && message.includes("btree_gist")) {
    return `Postgres at ${where} can't load the btree_gist extension: ${message} (${code}). Install postgresql-contrib on the server, then run \`create extension btree_gist\` as a superuser.`;
  }
  if (/^(ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EAI_|CONNECT|CONNECTION_|FailedToOpenSocket)/.test(code)) {
    return `Postgres can't be reached at ${where} (${code}). Start it, or correct DATABASE_URL.`;
  }
  if (/^(42704|22023)$/.test(code) && message.includes("parameter")) {
    return `Postgres at ${where} refuses a setting: ${message} (${code}). Correct the parameters of DATABASE_URL.`;
  }
  switch (code) {
    case "53300":
      return `Postgres at ${where} has no free connection: ${message} (53300). Close some, lower DATABASE_POOL, or raise max_connections.`;
    case "53100":
      return `The disk of Postgres at ${where} is full (53100). Free some space.`;
    case "58030":
      return `The disk of Postgres at ${where} reports errors (58030). See the log of Postgres.`;
    case "55P03":
    case "57014":
      return `Another transaction at ${where} has locked what this needs (${code}). End it (\`booking doctor\` names it), then try again.`;
    case "28P01":
    case "28000":
      return `Postgres at ${where} refuses the user or the password: ${message} (${code}). Correct DATABASE_URL or pg_hba.conf.`;
    case "57P03":
      return `Postgres at ${where} takes no connections now: ${message} (57P03). Try again once it is up.`;
    case "3D000":
      return missingDatabase(url);
    case "42501":
      return `The user at ${where} may not do this: ${message} (42501). It must own the database.`;
    case "0A000":
    case "58P01":
      return `Postgres at ${where} can't do this: ${message} (${code}). See the log of Postgres.`;
    default:
      return null;
  }
}

function missingDatabase(url: string): string {
  const { hostname, port, username, pathname } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1));
  const user = username ? ` -U ${forShell(decodeURIComponent(username))}` : "";
  const command = `createdb -h ${hostname} -p ${port || "5432"}${user} ${forShell(name)}`;
  return `The database "${name}" does not exist on ${hostname}:${port || "5432"}. Create it with \`${command}\`, or correct DATABASE_URL.`;
}

function forShell(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function describe(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || "5432"}${pathname}`;
  } catch {
    return "the address in DATABASE_URL";
  }
}
