import { openDurableObject, type RefuseWrites } from "../../db/engines/sqlite/durable-object.ts";
import { applyPending } from "../../db/migrations/apply.ts";
import { durableObjectSession } from "../../db/migrations/durable-object-session.ts";
import { createStore } from "../../db/store/store.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { ledgerJobs } from "../../worker/queues/ledger-jobs.ts";
import { createRunner } from "../../worker/runner.ts";
import { assembleContext } from "../assemble-context.ts";
import { cachingStore } from "../cache/caching-store.ts";
import { receiptDays } from "../domain/receipt.ts";
import { Refusal } from "../domain/refusal.ts";
import { channels } from "../domain/reminders/reminder-rule.ts";
import { createApp } from "../http/app.ts";
import { compressionByPlatform } from "../http/middleware/compression.ts";
import { accountMail } from "../mail/account-mail.ts";
import { emailNotifier } from "../mail/email-notifier.ts";
import { httpMailer } from "../mail/http-mailer.ts";
import type { Context } from "../operations/context.ts";
import { createAdmin } from "../operations/users/create-admin.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Jobs } from "../ports/jobs.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { noObserver } from "../ports/store-observer.ts";
import type { Tasks } from "../ports/tasks.ts";
import { background } from "../process/background.ts";
import { judgeOrigins } from "../process/origins.ts";
import { localBroadcast } from "../realtime/local.ts";
import { type Realtime, startRealtime } from "../realtime/start.ts";
import { websocketNotifier } from "../realtime/websocket-notifier.ts";
import { boundedPasswords, type PasswordHasher } from "../security/passwords.ts";
import { faultLog } from "../telemetry/fault-log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { openAlarm } from "./alarm.ts";
import { orderedIds } from "./ids.ts";
import { countingLimits, countsInMemory, rememberedDays, storedCounts } from "./limits.ts";
import { openPlans } from "./plans.ts";
import { metricsText } from "./prometheus.ts";
import { hibernatingSockets } from "./realtime.ts";
import type { EdgeEnv, ObjectState } from "./runtime.ts";
import { ConfigFault, type EdgeConfig } from "./settings.ts";
import { timedWork } from "./timed-work.ts";

type Options = {
  ctx: ObjectState;
  env: EdgeEnv;
  config: EdgeConfig;
  log: Log;
  /** Where people reach the installation: `https://<host>` in production. */
  origin: () => string;
  clock?: Clock;
  maxLookedAt?: number | undefined;
  /** Why nothing may be written now; null if it may. */
  refuseWrites?: RefuseWrites;
};

export type Program = Awaited<ReturnType<typeof composeEdge>>;

/** Rows in which a page looks for a text: the object compares character by character. */
const maxSearched = 2_000;

/** Assembles an installation inside of an object. The only file that knows all of its adapters. */
export async function composeEdge(options: Options) {
  const { ctx, env, config, log, clock = systemClock } = options;
  const { kv } = ctx.storage;
  const metrics = createMetrics();
  const newId = orderedIds(clock);
  const alarm = await openAlarm(ctx.storage);
  const plans = openPlans({ alarm, kv, clock, keptDays: keptDays(config) });
  const own = await openStore(options);
  let realtime: Realtime | null = null;
  // Without sockets, nobody has to read the log after each commit.
  let hasUnread = false;
  const broadcast = localBroadcast();
  const store: Store = {
    ...own,
    commit: async (change) => {
      const outcome = await own.commit(change);
      if (outcome !== "committed") return outcome;
      // In the turn of the commit, so that both are written or neither is.
      try {
        plans.committed(change);
      } catch (err) {
        log.error({ err }, "the alarm could not be set; the next start of the object will");
      }
      if (realtime && realtime.sockets() > 0) broadcast.announce();
      else hasUnread = true;
      return outcome;
    },
  };
  const mail = openMail(options);
  const notifiers = { websocket: websocketNotifier, ...(mail ? { email: mail.notifier } : {}) };
  const channelsOn = channels.filter((channel) => notifiers[channel]);
  const nowMs = () => clock.now().getTime();
  const counts = storedCounts(kv, plans.planPurge);
  const cache = cachingStore(store);
  // Every change is one of ours, and the cache forgets with the commit.
  cache.follow({ watchAgeMs: () => 0 });
  const { context, flushRefusals } = await assembleContext(config, {
    store: cache.store,
    clock,
    newId,
    passwords: boundedPasswords(reachableHasher(env)),
    limits: countingLimits(counts, nowMs),
    ownLimits: countingLimits(countsInMemory(), nowMs),
    later: background((err) => log.error({ err }, "work after an answer failed")).run,
    onPasswordSignIn: () => {},
    logAgeMs: () => 0,
    channelsOn,
    observeRefusals: (refusalLog) => ({
      ...refusalLog,
      count: (refusal, ...rest) => {
        metrics.refusal(refusal.code);
        refusalLog.count(refusal, ...rest);
        plans.planFlush();
      },
    }),
  });
  const judgeOrigin = judgeOrigins({ listed: config.corsOrigins, production: config.production, log });
  const live = await startRealtime({ context, broadcast, log, judgeOrigin, isOnlyWriter: true });
  realtime = live;
  const sockets = hibernatingSockets(ctx, clock, ({ expiresAt }) => plans.ringBy(expiresAt));
  const needs = { ...context, log, notifiers, mail };
  const runnerOf = (make: (typeof catalogue)[string]) =>
    createRunner(make(needs), { tasks: store.tasks, clock, log, concurrency: 20 });
  const runners = Object.entries(catalogue).map(([kind, make]) => [kind, runnerOf(make)] as const);
  const timed = timedWork({
    needs,
    runners: Object.fromEntries(runners),
    alarm,
    plans,
    log,
    flushRefusals,
    sweepSockets: live.sweep,
    purgeLimits: counts.purge,
  });
  live.attach({ ...sockets.topics, upgrade: () => false });
  sockets.wake(live);
  await timed.resume();
  const jobs = jobsAt(store.tasks, clock, () => plans.ringBy(clock.now()));
  const app = createApp(context, {
    log,
    jobs,
    channelsOn,
    platform: {
      compression: compressionByPlatform,
      swaggerFile: async (name) => assetOf(env, name),
      metricsText,
      isPrivateAddress: () => false,
      retryJobs: "send POST /platform/jobs/retry with the platform key",
    },
    metrics: metrics.all,
    countRequest: metrics.request,
    metricsToken: config.metricsToken,
    judgeOrigin,
    securityContact: config.securityContact,
    jobPage: { board: undefined },
  });
  return {
    app,
    context,
    cache,
    jobs,
    realtime: live,
    sockets,
    /** Before the first socket: it hears what comes after it. */
    skipUnread: async () => {
      while (hasUnread && live.sockets() === 0) {
        hasUnread = false;
        await live.skipToEnd();
      }
    },
    ring: timed.ring,
    idle: timed.idle,
    /** After rows came in that no change has written. */
    planPurge: plans.planPurge,
  };
}

/** Whatever is purged is older than this: sessions, receipts, and the addresses of those who have signed in. */
function keptDays({ refreshDays, accessMinutes }: EdgeConfig): number {
  return Math.max(refreshDays, accessMinutes / 1_440, receiptDays, rememberedDays);
}

/** A hasher that can't be reached is no wrong password. */
function reachableHasher({ HASHER }: EdgeEnv): PasswordHasher {
  const unavailable = (cause: unknown): never => {
    const detail = "Passwords can't be checked now. Try again shortly.";
    throw new Refusal("unavailable", detail, { retryAfterSeconds: 2 }, { cause });
  };
  return {
    hash: (password) => HASHER.hash(password).catch(unavailable),
    verify: (password, hash) => HASHER.verify(password, hash).catch(unavailable),
  };
}

async function openStore({ ctx, log, refuseWrites, maxLookedAt = maxSearched }: Options): Promise<Store> {
  await applyPending(durableObjectSession(ctx.storage));
  const observer = { ...noObserver, fault: faultLog(log) };
  return createStore(openDurableObject(ctx.storage, { observer, refuseWrites }), observer, maxLookedAt);
}

function openMail({ config: { mail, publicUrl }, origin }: Options) {
  if (!mail) return undefined;
  const mailer = httpMailer(mail);
  const composeAccountMail: ReturnType<typeof accountMail> = (...args) =>
    accountMail(publicUrl ?? origin())(...args);
  return { mailer, notifier: emailNotifier(mailer), composeAccountMail };
}

function jobsAt(tasks: Tasks, clock: Clock, ringNow: () => void): Jobs {
  // The alarm is the worker: it rings whenever something is due.
  return {
    ...ledgerJobs({ kinds: Object.keys(catalogue), tasks, clock }),
    isWorked: async () => true,
    retryFailed: async () => ringNow(),
  };
}

async function assetOf({ ASSETS }: EdgeEnv, name: string): Promise<ReadableStream<Uint8Array>> {
  const answer = await ASSETS.fetch(new Request(`https://assets/api/${name}`));
  if (!answer.ok || !answer.body) throw new Error(`The asset ${name} is missing.`);
  return answer.body;
}

/** Creates the first admin from the settings, if there is none. */
export async function ensureAdmin(context: Context, { admin }: EdgeConfig): Promise<void> {
  if ((await context.store.users.countAdmins()) > 0) return;
  const { email, password } = admin;
  if (!email || !password)
    throw new ConfigFault(["ADMIN_EMAIL, ADMIN_PASSWORD: needed for the first admin."]);
  await createAdmin(context, { email, name: "Admin", password });
}
