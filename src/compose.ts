import { migrateUp, requireMigrated } from "../db/migrate.ts";
import { openStore } from "../db/open.ts";
import { catalogue } from "../worker/processors/catalogue.ts";
import type { Broker } from "../worker/queues/broker.ts";
import { embeddedBroker } from "../worker/queues/embedded.ts";
import { startWorker } from "../worker/worker.ts";
import { assembleContext } from "./assemble-context.ts";
import { type CachingStore, cachingStore } from "./cache/caching-store.ts";
import { channels } from "./domain/reminders/reminder-rule.ts";
import type { AppOptions } from "./http/app.ts";
import type { Board } from "./http/pages/jobs/routes.ts";
import { memoryLimits, redisLimits } from "./limits/flexible.ts";
import { announcing } from "./operations/announcing.ts";
import type { Context } from "./operations/context.ts";
import type { Broadcast } from "./ports/broadcast.ts";
import { type Clock, systemClock } from "./ports/clock.ts";
import type { Log } from "./ports/log.ts";
import type { Store } from "./ports/store.ts";
import type { StoreObserver } from "./ports/store-observer.ts";
import type { Tasks } from "./ports/tasks.ts";
import { background } from "./process/background.ts";
import { bunRuntime } from "./process/bun-runtime.ts";
import type { Config } from "./process/config.ts";
import { databaseClock } from "./process/database-clock.ts";
import { explainDatabaseFault } from "./process/database-fault.ts";
import { firstAdminFile } from "./process/first-admin.ts";
import { lockDatabase } from "./process/lock-database.ts";
import { createLog } from "./process/log.ts";
import { type JudgeOrigin, judgeOrigins } from "./process/origins.ts";
import { localBroadcast } from "./realtime/local.ts";
import { websocketNotifier } from "./realtime/websocket-notifier.ts";
import { bunHasher } from "./security/argon2.ts";
import { boundedPasswords } from "./security/passwords.ts";
import { faultLog } from "./telemetry/fault-log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { openTelemetry } from "./telemetry/telemetry.ts";

/** How old the last look of each reader of the log is, in milliseconds. */
type LogReaders = { tailAgeMs(): number; watchAgeMs(): number };

export type Composed = {
  context: Context;
  broadcast: Broadcast;
  broker: Broker;
  /** What it remembers goes when it changes. */
  cache: Pick<CachingStore, "forget" | "forgetAll">;
  /** From now on, reads are cached, and nobody is signed in while the log can't be read. */
  follow(readers: LogReaders): void;
  /** Which pages may call the API and open sockets. */
  judgeOrigin: JudgeOrigin;
  /** What the HTTP interface of a process gets besides the context. */
  appOptions: AppOptions;
  log: Log;
  metrics: Metrics;
  startWorker(): () => Promise<void>;
  /** The page of the broker, where it has one. */
  openBoard(): Promise<Board | undefined>;
  close(): Promise<void>;
};

type Options = {
  /** Keeps other servers off a SQLite file. */
  exclusive?: boolean;
  /** Brings the schema up to date, as long-running processes do; without it, an outdated schema is a fault. */
  migrate?: boolean;
};

/** Assembles the adapters that the configuration asks for. The only file that knows them all. */
export async function compose(config: Config, options: Options = {}): Promise<Composed> {
  const { url, kind, pool } = config.database;
  const telemetry = await openTelemetry({ endpoint: config.traceEndpoint, engine: kind });
  const { tracer, metrics } = telemetry;
  const { log, close: closeLog } = createLog(config.logLevel, config.traceEndpoint ? tracer : undefined);
  const observer = { ...telemetry.storeObserver, fault: faultLog(log) };
  const { store, release } = await openDatabase(config, { ...options, observer }).catch((error) => {
    throw explainDatabaseFault(url, error);
  });
  metrics.pool.size(kind === "sqlite" ? 1 : pool);
  const clock = await openClock(store, metrics);
  const newId = () => Bun.randomUUIDv7();
  const installation = await store.settingOnce("INSTALLATION_ID", newId());
  const kinds = Object.keys(catalogue);
  const redis = await openRedis(config.redisUrl, { installation, kinds, tasks: store.tasks, clock, log });
  const broadcast = redis?.broadcast ?? localBroadcast();
  const broker: Broker = redis?.broker ?? embeddedBroker({ kinds, tasks: store.tasks, clock, log });
  const mail = await openMail(config.smtp);
  const notifiers = telemetry.observeNotifiers({
    websocket: websocketNotifier,
    ...(mail ? { email: mail.notifier } : {}),
  });
  const channelsOn = channels.filter((channel) => notifiers[channel]);
  const later = background((err) => log.error({ err }, "work after an answer failed"));
  const cache = cachingStore(announcing(store, { broadcast, queue: broker, tracer }));
  let logAgeMs = () => 0;
  const { context, flushRefusals } = await assembleContext(config, {
    store: cache.store,
    clock,
    newId,
    passwords: boundedPasswords(bunHasher),
    limits: redis?.limits ?? memoryLimits(),
    ownLimits: memoryLimits(),
    later: later.run,
    onPasswordSignIn: firstAdminFile(config).onPasswordSignIn,
    logAgeMs: () => logAgeMs(),
    channelsOn,
    observeRefusals: telemetry.observeRefusals,
  });
  const stopRefusalLog = everyMinute(flushRefusals, log);
  const { corsOrigins: listed, production } = config;
  const judgeOrigin = judgeOrigins({ listed, production, log });
  return {
    context,
    broadcast,
    broker,
    cache,
    follow: (readers) => {
      cache.follow(readers);
      logAgeMs = () => Math.max(readers.tailAgeMs(), readers.watchAgeMs());
    },
    log,
    metrics,
    judgeOrigin,
    appOptions: {
      log,
      requestLog: log.child({}, { redact: [] }),
      runtime: bunRuntime,
      tracer: config.traceEndpoint ? tracer : undefined,
      metrics: metrics.all,
      countRequest: metrics.request,
      metricsToken: config.metricsToken,
      judgeOrigin,
      securityContact: config.securityContact,
      jobs: broker,
      channelsOn,
      redis: redis && { ping: redis.broadcast.ping, warnings: redis.broker.warnings },
    },
    startWorker: () =>
      startWorker({ ...context, log, notifiers, mail }, { broker, observe: telemetry.observeTask }),
    openBoard: async () =>
      redis ? (await import("../worker/board.ts")).bullBoard(redis.broker.queues) : undefined,
    close: async () => {
      clock.stop();
      await later.finished();
      await stopRefusalLog();
      await broker.close();
      await broadcast.close();
      mail?.mailer.close();
      await store.close();
      release();
      await tracer.close();
      await closeLog();
    },
  };
}

/** All processes on a database use its clock. A SQLite file has one process, and no clock. */
async function openClock(store: Store, { watch }: Metrics): Promise<Clock & { stop(): void }> {
  if (store.engine === "sqlite") return { ...systemClock, stop: () => {} };
  const clock = await databaseClock(store.time);
  watch(
    "booking_database_clock_offset_seconds",
    "How far the database's clock is ahead of this machine's",
    () => (clock.now().getTime() - systemClock.now().getTime()) / 1000,
  );
  return clock;
}

/** The parts that use Redis, if configured. Their code, and that of mail below, is loaded only where it is used. */
async function openRedis(
  url: string | undefined,
  options: { installation: string; kinds: string[]; tasks: Tasks; clock: Clock; log: Log },
) {
  if (!url) return undefined;
  const { installation, log } = options;
  const [{ redisBroadcast }, { bullmqBroker }] = await Promise.all([
    import("./realtime/redis.ts"),
    import("../worker/queues/bullmq.ts"),
  ]);
  const broadcast = redisBroadcast(url, installation, log);
  return {
    broadcast,
    broker: bullmqBroker({ url, ...options }),
    limits: redisLimits(broadcast.publisher, `{booking:${installation}}`),
  };
}

/** Mail, where a server is configured. */
async function openMail(smtp: Config["smtp"]) {
  if (!smtp) return undefined;
  const [{ smtpMailer }, { emailNotifier }, { accountMail }] = await Promise.all([
    import("./mail/smtp.ts"),
    import("./mail/email-notifier.ts"),
    import("./mail/account-mail.ts"),
  ]);
  const mailer = smtpMailer(smtp);
  return { mailer, notifier: emailNotifier(mailer), composeAccountMail: accountMail(smtp.publicUrl) };
}

/** Runs something every minute, and once more at the end. */
function everyMinute(work: () => Promise<void>, log: Log): () => Promise<void> {
  const once = () => work().catch((err) => log.warn({ err }, "refusals could not be written to the audit"));
  const timer = setInterval(once, 60_000);
  return async () => {
    clearInterval(timer);
    await once();
  };
}

async function openDatabase(
  config: Config,
  { exclusive, migrate, observer }: Options & { observer: StoreObserver },
): Promise<{ store: Store; release: () => void }> {
  const { url, pool } = config.database;
  await (migrate ? migrateUp(url) : requireMigrated(url));
  const release = exclusive ? lockDatabase(url) : () => {};
  return { store: await openStore(url, { pool, observer }), release };
}
