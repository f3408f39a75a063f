export type Applied = { name: string; checksum: string; breaking: boolean; appliedAt: Date };

/** One migrator's hold on a database. It keeps other migrators out until it is closed. */
export interface MigrationSession {
  readonly engine: "postgres" | "sqlite";
  /** In the order of their names. */
  applied(): Promise<Applied[]>;
  /** Whether there is any table besides the migrations' own. */
  hasTables(): Promise<boolean>;
  /** Runs a script and records it, or does neither. */
  apply(script: string, record: Omit<Applied, "appliedAt">): Promise<void>;
  /** The number that a query answers. */
  count(query: string): Promise<number>;
  revert(script: string, name: string): Promise<void>;
  /** After a change of the schema, so that queries are planned for it. */
  refreshStatistics(): Promise<void>;
  close(): Promise<void>;
}

export function checksum(script: string): string {
  return new Bun.CryptoHasher("sha256").update(script).digest("hex");
}

/** A script whose first line says so: programs that don't know it must not run on the schema that it leaves. */
export function isBreaking(script: string): boolean {
  return script.startsWith("-- breaking");
}

/** What a way back says that it loses, in its first lines: `-- loses <what>: <query that counts it>`. */
export function losses(script: string): { what: string; query: string }[] {
  return [...script.matchAll(/^-- loses (.+?): (select .+)$/gm)].map(([, what = "", query = ""]) => ({
    what,
    query,
  }));
}
