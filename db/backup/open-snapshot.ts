import { migrateUp, migrationStatus, requireMigrated } from "../migrate.ts";
import { SchemaError } from "../migrations/apply.ts";
import { migrations as catalogue } from "../migrations/catalogue.ts";
import { openEdgeLoad, openEdgeSnapshot } from "./edge-snapshot.ts";
import { BackupFault } from "./files.ts";
import type { Manifest } from "./format.ts";
import { openPostgresLoad, openPostgresSnapshot } from "./postgres-snapshot.ts";
import type { Load, Snapshot } from "./snapshot.ts";
import { openSqliteLoad, openSqliteSnapshot } from "./sqlite-snapshot.ts";

const isAtEdge = (url: string) => /^https?:/.test(url);
const sqlitePath = (url: string) => (url.startsWith("sqlite:") ? url.slice("sqlite:".length) : null);

/**
 * A snapshot of the installation at a `DATABASE_URL`, or of one at the edge, `https://…`, which needs its platform key.
 * Throws `SchemaError` unless the schema is exactly that of this program.
 */
export async function openSnapshot(url: string, platformKey = ""): Promise<Snapshot> {
  if (isAtEdge(url)) return openEdgeSnapshot(url, platformKey);
  await requireMigrated(url);
  const migrations = await migrationStatus(url);
  const newer = migrations.find(({ state }) => state === "unknown");
  if (newer) {
    throw new SchemaError(
      `The schema is from a newer version of Booking (${newer.name}). Back up with that version.`,
    );
  }
  const path = sqlitePath(url);
  const snapshot = await (path === null ? openPostgresSnapshot(url) : openSqliteSnapshot(path));
  return { ...snapshot, migrations: migrations.map(({ name }) => name) };
}

/**
 * Begins a restore of a backup, on a database with the schema that the backup had; newer migrations are applied at its
 * end. Refuses an installation that holds anything.
 */
export async function openLoad(
  url: string,
  backup: Pick<Manifest, "migrations" | "tables">,
  platformKey = "",
): Promise<Load> {
  if (isAtEdge(url)) return openEdgeLoad(url, platformKey, backup.migrations);
  await refuseOtherSchema(url, backup.migrations);
  await migrateUp(
    url,
    catalogue.filter(({ name }) => backup.migrations.includes(name)),
  );
  const path = sqlitePath(url);
  const load = await (path === null ? openPostgresLoad(url) : openSqliteLoad(path));
  try {
    for (const { name } of backup.tables) if ((await load.count(name)) > 0) throw used();
  } catch (error) {
    await load.close();
    throw error;
  }
  const finish = async () => {
    await load.finish();
    await migrateUp(url);
  };
  return { ...load, finish };
}

/** A schema with more or less than the backup's was made by somebody else for something else. */
async function refuseOtherSchema(databaseUrl: string, wanted: string[]): Promise<void> {
  const status = await migrationStatus(databaseUrl);
  const applied = status.filter(({ state }) => state !== "pending").map(({ name }) => name);
  if (applied.length > 0 && !Bun.deepEquals(applied, wanted)) throw used();
}

function used(): BackupFault {
  return new BackupFault(
    "The database is not empty, and a restore overwrites nothing. Set DATABASE_URL to a new, empty database.",
  );
}
