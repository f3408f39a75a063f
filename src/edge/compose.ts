import type { RefuseWrites } from "../../db/engines/sqlite/durable-object.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { ledgerJobs } from "../../worker/queues/ledger-jobs.ts";
import { createRunner, type Runner } from "../../worker/runner.ts";
import type { WorkerNeeds } from "../../worker/worker-needs.ts";
import { assembleContext } from "../assemble-context.ts";
import { receiptDays } from "../domain/receipt.ts";
import { Refusal, type RefusalCode } from "../domain/refusal.ts";
import { type Channel, channels } from "../domain/reminders/reminder-rule.ts";
import { type AppOptions, createApp } from "../http/app.ts";
import { compressionByRuntime } from "../http/middleware/compression.ts";
import { accountMail } from "../mail/account-mail.ts";
import { emailNotifier } from "../mail/email-notifier.ts";
import { httpMailer } from "../mail/http-mailer.ts";
import type { Context } from "../operations/context.ts";
import { createAdmin } from "../operations/users/create-admin.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Jobs } from "../ports/jobs.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import type { Tasks } from "../ports/tasks.ts";
import { background } from "../process/background.ts";
import { judgeOrigins } from "../process/origins.ts";
import { localBroadcast } from "../realtime/local.ts";
import { startRealtime } from "../realtime/start.ts";
import { websocketNotifier } from "../realtime/websocket-notifier.ts";
import { boundedPasswords, type PasswordHasher } from "../security/passwords.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { openAlarm } from "./alarm.ts";
import { orderedIds } from "./ids.ts";
import { countingLimits, countsInMemory, rememberedDays, storedCounts } from "./limits.ts";
import { openPlans, type Plans } from "./plans.ts";
import { metricsText } from "./prometheus.ts";
import { hibernatingSockets } from "./realtime.ts";
import type { EdgeEnv, ObjectState } from "./runtime.ts";
import { ConfigFault, type EdgeConfig } from "./settings.ts";
import { openEdgeStore } from "./store.ts";
import { timedWork } from "./timed-work.ts";
import { unreadLog } from "./unread.ts";

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

/** Assembles an installation inside of an object. The only file that knows all of its adapters. */
export async function composeEdge(options: Options) {
  const { ctx, config, log, clock = systemClock } = options;
  const { kv } = ctx.storage;
  const metrics = createMetrics();
  const alarm = await openAlarm(ctx.storage);
  const plans = openPlans({ alarm, kv, clock, keptDays: keptDays(config) });
  const broadcast = localBroadcast();
  const unread = unreadLog(broadcast);
  const cache = await openEdgeStore({ ...options, storage: ctx.storage, plans, unread });
  const { store } = cache;
  const mail = openMail(options);
  const notifiers = { websocket: websocketNotifier, ...(mail ? { email: mail.notifier } : {}) };
  const channelsOn = channels.filter((channel) => notifiers[channel]);
  const { context, flushRefusals, purgeLimits } = await openContext({
    ...options,
    clock,
    store,
    plans,
    channelsOn,
    onRefusal: metrics.refusal,
  });
  const judgeOrigin = judgeOrigins({ listed: config.corsOrigins, production: config.production, log });
  const realtime = await startRealtime({ context, broadcast, log, judgeOrigin, isOnlyWriter: true });
  const sockets = hibernatingSockets(ctx, clock, ({ expiresAt }) => plans.ringBy(expiresAt));
  realtime.attach({ ...sockets.topics, upgrade: () => false });
  sockets.wake(realtime);
  unread.follow(realtime);
  const runners = runnersOf({ ...context, log, notifiers, mail });
  const sweepSockets = realtime.sweep;
  const timed = timedWork({
    needs: context,
    runners,
    alarm,
    plans,
    log,
    flushRefusals,
    sweepSockets,
    purgeLimits,
  });
  await timed.resume();
  const jobs = jobsAt(store.tasks, clock, () => plans.ringBy(clock.now()));
  const app = appOf(options, { context, jobs, channelsOn, metrics, judgeOrigin });
  const { ring, idle } = timed;
  const { planPurge } = plans;
  return { app, context, cache, jobs, realtime, sockets, skipUnread: unread.skip, ring, idle, planPurge };
}

type ContextOptions = Options & {
  clock: Clock;
  store: Store;
  plans: Plans;
  channelsOn: Channel[];
  onRefusal(code: RefusalCode): void;
};

async function openContext(options: ContextOptions) {
  const { ctx, env, config, log, clock, store, plans, channelsOn, onRefusal } = options;
  const nowMs = () => clock.now().getTime();
  const counts = storedCounts(ctx.storage.kv, plans.planPurge);
  const assembled = await assembleContext(config, {
    store,
    clock,
    newId: orderedIds(clock),
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
        onRefusal(refusal.code);
        refusalLog.count(refusal, ...rest);
        plans.planFlush();
      },
    }),
  });
  return { ...assembled, purgeLimits: counts.purge };
}

function runnersOf(needs: WorkerNeeds): Record<string, Runner> {
  const { tasks } = needs.store;
  const { clock, log } = needs;
  const runners = Object.entries(catalogue).map(([kind, make]): [string, Runner] => [
    kind,
    createRunner(make(needs), { tasks, clock, log, concurrency: 20 }),
  ]);
  return Object.fromEntries(runners);
}

type AppNeeds = Pick<AppOptions, "jobs" | "channelsOn" | "judgeOrigin"> & {
  context: Context;
  metrics: Metrics;
};

function appOf({ env, config, log }: Options, { context, metrics, ...others }: AppNeeds) {
  return createApp(context, {
    ...others,
    log,
    runtime: {
      compression: compressionByRuntime,
      swaggerFile: async (name) => assetOf(env, name),
      metricsText,
      isPrivateAddress: () => false,
      retryJobs: "send POST /platform/jobs/retry with the platform key",
    },
    metrics: metrics.all,
    countRequest: metrics.request,
    metricsToken: config.metricsToken,
    securityContact: config.securityContact,
    jobPage: { board: undefined },
  });
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
