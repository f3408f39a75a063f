import { lostByRevert, migrateDown, migrateUp, migrationStatus } from "../../db/migrate.ts";
import { BootError } from "../process/boot-error.ts";
import type { DatabaseConfig } from "../process/config.ts";
import { explainDatabaseFault } from "../process/database-fault.ts";
import { lockDatabase } from "../process/lock-database.ts";
import { type Output, print } from "./output.ts";

export async function run({ database: { url } }: DatabaseConfig, output: Output): Promise<void> {
  const applied = await migrateUp(url).catch((error) => explain(url, error));
  const lines = applied.map((name) => `applied  ${name}`);
  print(output, { applied }, lines.length === 0 ? "The schema is up to date." : lines.join("\n"));
}

type RevertOptions = Output & { steps: number; yes?: boolean };

/** Says what is lost; if that is any row at all, it only continues with `--yes`. */
export async function revert(
  { database: { url } }: DatabaseConfig,
  { steps, yes = false, ...output }: RevertOptions,
): Promise<void> {
  const migrations = await migrationStatus(url).catch((error) => explain(url, error));
  if (!migrations.some(({ appliedAt }) => appliedAt)) {
    return print(output, { reverted: [], lost: [] }, "There is nothing to revert.");
  }
  const release = lockDatabase(url);
  try {
    const lost = await lostByRevert(url, steps);
    const losses = lost.flatMap(({ name, loses }) => [
      `  ${name}`,
      ...loses.map(({ what, rows }) => `    ${what} (${rows} ${rows === 1 ? "row" : "rows"})`),
    ]);
    if (!yes && lost.some(({ loses }) => loses.some(({ rows }) => rows > 0))) {
      throw new BootError(
        ["These migrations would be reverted, and this data lost:", ...losses]
          .concat("Nothing was done. Back up first (booking backup), then run it again with --yes.")
          .join("\n"),
      );
    }
    const reverted = await migrateDown(url, steps);
    print(output, { reverted, lost }, ["Reverted; this data was lost:", ...losses].join("\n"));
  } catch (error) {
    explain(url, error);
  } finally {
    release();
  }
}

export async function status({ database: { url } }: DatabaseConfig, output: Output): Promise<void> {
  const migrations = await migrationStatus(url).catch((error) => explain(url, error));
  const lines = migrations.map(
    ({ name, state, appliedAt }) =>
      `${state.padEnd(8)} ${name}${appliedAt ? `  ${appliedAt.toISOString()}` : ""}`,
  );
  print(output, { migrations }, lines.join("\n"));
}

function explain(url: string, error: unknown): never {
  throw explainDatabaseFault(url, error);
}
