import { createHash } from "node:crypto";

export type Applied = { name: string; checksum: string; breaking: boolean; appliedAt: Date };

/** Reads which migrations were applied. It changes nothing, waits for no migrator and creates no file. */
export interface MigrationReader {
  readonly engine: "postgres" | "sqlite";
  /** In the order of their names; empty if there is no database yet. */
  applied(): Promise<Applied[]>;
  /** Whether there is any table besides the migrations' own. */
  hasTables(): Promise<boolean>;
  close(): Promise<void>;
}

/** One migrator's lock on a database. It keeps other migrators out until it is closed. */
export interface MigrationSession extends MigrationReader {
  /**
   * Runs a script and records it, or does neither; for scripts that are not transactional, see `isNonTransactional`.
   */
  apply(script: string, record: Omit<Applied, "appliedAt">): Promise<void>;
  /** The number that a query answers. */
  count(query: string): Promise<number>;
  revert(script: string, name: string): Promise<void>;
  /** After a change of the schema, so that queries are planned for it. */
  refreshStatistics(): Promise<void>;
}

export function checksum(script: string): string {
  return createHash("sha256").update(script).digest("hex");
}

/** A script whose first line marks it as breaking: programs that don't know it must not run on the resulting schema. */
export function isBreaking(script: string): boolean {
  return script.startsWith("-- breaking");
}

/**
 * A script whose first lines contain `-- non-transactional`: on Postgres each statement runs by itself, as
 * `create index concurrently` requires. It is recorded when all of them are done. After a kill all run again, so each
 * must be safe to repeat; the session takes care of indexes built concurrently.
 */
export function isNonTransactional(script: string): boolean {
  return /^(--.*\n)*-- non-transactional\b/.test(script);
}

/** The statements of a script that is not transactional. Each ends with a semicolon at the end of a line. */
export function statementsOf(script: string): string[] {
  return script
    .replace(/^\s*--.*$/gm, "")
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/** What a down script says that it loses, in its first lines: `-- loses <what>: <query that counts it>`. */
export function losses(script: string): { what: string; query: string }[] {
  return [...script.matchAll(/^-- loses (.+?): (select .+)$/gm)].map(([, what = "", query = ""]) => ({
    what,
    query,
  }));
}
