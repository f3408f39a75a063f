import { migrations as catalogue, type Migration } from "./catalogue.ts";
import {
  type Applied,
  checksum,
  isBreaking,
  type MigrationReader,
  type MigrationSession,
} from "./session.ts";

export type MigrationStatus = {
  name: string;
  state: "applied" | "pending" | "unknown";
  appliedAt: Date | null;
};

/** The schema is not one this program can work on; the message says what to do. */
export class SchemaError extends Error {}

/** Applies what is pending, in order, and returns the names. */
export async function applyPending(session: MigrationSession, migrations = catalogue): Promise<string[]> {
  const applied = await readApplied(session, migrations);
  const pending = migrations.filter((m) => !applied.some((a) => a.name === m.name));
  for (const migration of pending) {
    const { up } = migration[session.engine];
    await session.apply(up, { name: migration.name, checksum: checksum(up), breaking: isBreaking(up) });
  }
  if (pending.length > 0) await session.refreshStatistics();
  return pending.map((m) => m.name);
}

/** Every known migration in order, then those that only the database knows. */
export async function statusOf(
  reader: Pick<MigrationReader, "applied">,
  migrations = catalogue,
): Promise<MigrationStatus[]> {
  const applied = await reader.applied();
  const known = migrations.map((m): MigrationStatus => {
    const found = applied.find((a) => a.name === m.name);
    return { name: m.name, state: found ? "applied" : "pending", appliedAt: found?.appliedAt ?? null };
  });
  const unknown = applied.filter((a) => !migrations.some((m) => m.name === a.name));
  return [
    ...known,
    ...unknown.map((a) => ({ name: a.name, state: "unknown" as const, appliedAt: a.appliedAt })),
  ];
}

/**
 * The applied migrations, if this program can work with them. Unknown ones come from a newer version that expanded the
 * schema, which is fine unless one is marked as breaking.
 */
export async function readApplied(session: MigrationReader, migrations: Migration[]): Promise<Applied[]> {
  const applied = await session.applied();
  if (applied.length === 0 && (await session.hasTables())) {
    throw new SchemaError(
      "The database contains tables that are not Booking's. Point DATABASE_URL at an empty database.",
    );
  }
  for (const a of applied) {
    const known = migrations.find((m) => m.name === a.name);
    if (!known && a.breaking) {
      throw new SchemaError(
        `The database was migrated by a newer version of Booking (${a.name}) that this one can't work with. Run that version.`,
      );
    }
    if (known && checksum(known[session.engine].up) !== a.checksum) {
      throw new SchemaError(
        `Migration ${a.name} in the database is not the one in this version of Booking. A released migration never changes, so the database is of a development version, or the script was edited: use the version that made the database, or start with a new, empty database.`,
      );
    }
  }
  return applied;
}
