import {
  applyPending,
  type MigrationStatus,
  readApplied,
  SchemaError,
  statusOf,
} from "./migrations/apply.ts";
import { migrations as catalogue } from "./migrations/catalogue.ts";
import { losses, type MigrationReader, type MigrationSession } from "./migrations/session.ts";

/** Applies what is pending, in order. Two migrators at once are safe: one waits for the other. */
export function migrateUp(databaseUrl: string, migrations = catalogue): Promise<string[]> {
  return withSession(databaseUrl, (session) => applyPending(session, migrations));
}

/** Reverts the last `steps` migrations, the latest first, with the data that only they store. */
export function migrateDown(databaseUrl: string, steps: number, migrations = catalogue): Promise<string[]> {
  return withSession(databaseUrl, async (session) => {
    const applied = await readApplied(session, migrations);
    const reverted: string[] = [];
    for (const { name } of applied.slice(-steps).reverse()) {
      const migration = migrations.find((m) => m.name === name);
      if (!migration)
        throw new SchemaError(
          `Migration ${name} comes from a newer version of Booking: revert it with that version.`,
        );
      await session.revert(migration[session.engine].down, name);
      reverted.push(name);
    }
    return reverted;
  });
}

/**
 * The data that only the last `steps` migrations store, and how many rows of each there are: reverting them deletes it.
 */
export function lostByRevert(
  databaseUrl: string,
  steps: number,
  migrations = catalogue,
): Promise<{ name: string; loses: { what: string; rows: number }[] }[]> {
  return withSession(databaseUrl, async (session) => {
    const applied = (await readApplied(session, migrations)).slice(-steps).reverse();
    const lost = [];
    for (const { name } of applied) {
      const down = migrations.find((m) => m.name === name)?.[session.engine].down ?? "";
      const loses = [];
      for (const { what, query } of losses(down)) loses.push({ what, rows: await session.count(query) });
      lost.push({ name, loses });
    }
    return lost;
  });
}

/** Throws `SchemaError` unless a program can work on the database as it is. Changes nothing, and creates no file. */
export function requireMigrated(databaseUrl: string, migrations = catalogue): Promise<void> {
  return reading(databaseUrl, async (reader) => {
    const applied = await readApplied(reader, migrations);
    const pending = migrations.filter((m) => !applied.some((a) => a.name === m.name));
    if (applied.length === 0) {
      throw new SchemaError(
        "The database has no schema yet. If it should have one, correct DATABASE_URL; otherwise run `booking migrate` first, or start `booking serve`.",
      );
    }
    if (pending.length > 0) {
      throw new SchemaError(
        `The schema is from an older version of Booking: ${pending[0]?.name} is not applied. Run \`booking migrate\` first, or start \`booking serve\`.`,
      );
    }
  });
}

export function migrationStatus(databaseUrl: string, migrations = catalogue): Promise<MigrationStatus[]> {
  return reading(databaseUrl, (reader) => statusOf(reader, migrations));
}

/** The code of an engine is loaded only where it is used. */
async function openSession(databaseUrl: string): Promise<MigrationSession> {
  if (databaseUrl.startsWith("sqlite:"))
    return (await import("./migrations/sqlite-session.ts")).sqliteSession(
      databaseUrl.slice("sqlite:".length),
    );
  return (await import("./migrations/postgres-session.ts")).postgresSession(databaseUrl);
}

async function openReader(databaseUrl: string): Promise<MigrationReader> {
  if (databaseUrl.startsWith("sqlite:"))
    return (await import("./migrations/sqlite-session.ts")).sqliteReader(databaseUrl.slice("sqlite:".length));
  return (await import("./migrations/postgres-session.ts")).postgresReader(databaseUrl);
}

function withSession<T>(databaseUrl: string, work: (session: MigrationSession) => Promise<T>): Promise<T> {
  return closing(openSession(databaseUrl), work);
}

function reading<T>(databaseUrl: string, work: (reader: MigrationReader) => Promise<T>): Promise<T> {
  return closing(openReader(databaseUrl), work);
}

async function closing<S extends MigrationReader, T>(
  opening: Promise<S>,
  work: (session: S) => Promise<T>,
): Promise<T> {
  const session = await opening;
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
