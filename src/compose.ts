import { pino } from "pino";
import { lockSqlite } from "../db/engines/sqlite-lock.ts";
import { migrateUp } from "../db/migrate.ts";
import { openStore } from "../db/open.ts";
import { startWorker } from "../worker/worker.ts";
import { BootError, exitConfig } from "./boot-error.ts";
import type { Config } from "./config.ts";
import { explainDatabaseFault } from "./database-fault.ts";
import { firstAdminFile } from "./first-admin.ts";
import type { Context } from "./operations/context.ts";
import { install } from "./operations/install.ts";
import type { Broadcast } from "./ports/broadcast.ts";
import { systemClock } from "./ports/clock.ts";
import type { Store } from "./ports/store.ts";
import { localBroadcast } from "./realtime/local.ts";
import { redisBroadcast } from "./realtime/redis.ts";
import { argon2Passwords } from "./security/argon2.ts";
import { jwtTokens } from "./security/jwt.ts";

export type Composed = {
  context: Context;
  broadcast: Broadcast;
  /** Undefined when there is no Redis. */
  redis: { ping(): Promise<void> } | undefined;
  log: pino.Logger;
  startWorker(): () => Promise<void>;
  close(): Promise<void>;
};

/** Puts the adapters together that the configuration asks for. The only file that knows them all. */
export async function compose(config: Config, options: { exclusive?: boolean } = {}): Promise<Composed> {
  const log = pino(
    { level: config.logLevel, base: null, redact: ["*.password", "*.token"] },
    pino.destination({ sync: true }),
  );
  const { url } = config.database;
  const { store, release } = await openDatabase(config, options.exclusive ?? false).catch((error) => {
    throw explainDatabaseFault(url, error);
  });
  const clock = systemClock;
  const newId = () => Bun.randomUUIDv7();
  const installation = await store.settingOnce("INSTALLATION_ID", newId());
  const redis = config.redisUrl ? redisBroadcast(config.redisUrl, installation, log) : undefined;
  const broadcast = redis ?? localBroadcast();
  await install({ store, clock, newId });
  const context: Context = {
    store: announcing(store, broadcast),
    clock,
    newId,
    passwords: argon2Passwords(),
    tokens: jwtTokens({
      accessSecret: config.accessSecret ?? (await keptSecret(store, "JWT_SECRET_KEY")),
      refreshSecret: config.refreshSecret ?? (await keptSecret(store, "REFRESH_JWT_SECRET_KEY")),
      accessMinutes: config.accessMinutes,
      refreshDays: config.refreshDays,
    }),
    registration: config.registration,
    eventRetentionDays: config.eventRetentionDays,
    onPasswordSignIn: firstAdminFile(config).onPasswordSignIn,
  };
  return {
    context,
    broadcast,
    redis,
    log,
    startWorker: () => startWorker({ store, clock, log }),
    close: async () => {
      await broadcast.close();
      await store.close();
      release();
    },
  };
}

/** Every commit is announced, so that the tails of all instances look at the log at once. */
function announcing(store: Store, broadcast: Broadcast): Store {
  return {
    ...store,
    commit: async (change) => {
      const outcome = await store.commit(change);
      if (outcome === "committed") broadcast.announce();
      return outcome;
    },
  };
}

async function openDatabase(
  config: Config,
  exclusive: boolean,
): Promise<{ store: Store; release: () => void }> {
  const { url, kind, pool } = config.database;
  await migrateUp(url);
  const release = kind === "sqlite" && exclusive ? lockFile(url.slice("sqlite:".length)) : () => {};
  return { store: await openStore(url, { pool }), release };
}

function lockFile(path: string): () => void {
  const release = lockSqlite(path);
  if (release) return release;
  throw new BootError(
    `Another process serves ${path}. A SQLite file has one: stop that one, or use Postgres for several.`,
    exitConfig,
  );
}

/** Made once and kept with the data, so that every process on it signs alike. Production never comes here. */
function keptSecret(store: Store, name: string): Promise<string> {
  const made = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
  return store.settingOnce(name, made);
}
