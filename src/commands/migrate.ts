import { migrateDown, migrateUp, migrationStatus } from "../../db/migrate.ts";
import type { Config } from "../config.ts";
import { explainDatabaseFault } from "../database-fault.ts";

export async function run({ database: { url } }: Config): Promise<void> {
  const names = await migrateUp(url).catch((error) => explain(url, error));
  console.log(
    names.length === 0 ? "The schema is up to date." : names.map((name) => `applied  ${name}`).join("\n"),
  );
}

export async function revert({ database: { url } }: Config, steps: number): Promise<void> {
  const names = await migrateDown(url, steps).catch((error) => explain(url, error));
  console.log(
    names.length === 0 ? "There is nothing to revert." : names.map((name) => `reverted ${name}`).join("\n"),
  );
}

export async function status({ database: { url } }: Config): Promise<void> {
  const all = await migrationStatus(url).catch((error) => explain(url, error));
  for (const { name, state, appliedAt } of all) {
    console.log(`${state.padEnd(8)} ${name}${appliedAt ? `  ${appliedAt.toISOString()}` : ""}`);
  }
}

function explain(url: string, error: unknown): never {
  throw explainDatabaseFault(url, error);
}
