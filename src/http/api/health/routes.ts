import { Refusal } from "../../../domain/refusal.ts";
import { type Channel, channels } from "../../../domain/reminders/reminder-rule.ts";
import { isLogReadable } from "../../../operations/auth/require-readable-log.ts";
import type { Context } from "../../../operations/context.ts";
import type { Jobs } from "../../../ports/jobs.ts";
import type { Store } from "../../../ports/store.ts";
import { version } from "../../../process/version.ts";
import { createApi } from "../../kit/endpoint.ts";
import * as contract from "./contract.ts";

type Pingable = { ping(): Promise<void> };

export type HealthOptions = {
  jobs: Jobs;
  /** The channels that are configured. */
  channelsOn: Channel[];
  /** Undefined where there is none. */
  redis?: (Pingable & { warnings(): string[] }) | undefined;
  /** Turns the readiness probe off while the process drains. */
  isStopping?: () => boolean;
};

export function healthRoutes(
  context: Context,
  { jobs, channelsOn, redis, isStopping = () => false }: HealthOptions,
) {
  const { app, on } = createApi(context);
  const startedAt = performance.now();

  on(contract.getHealth, async (c) => {
    const [database, events, queue, worker] = await Promise.all([
      checkDatabase(context.store),
      checkEvents(context),
      redis && check(redis),
      jobs.isWorked().catch(() => false),
    ]);
    const serves = database.status !== "unavailable" && events.status !== "unavailable";
    const impaired =
      database.status === "degraded" ||
      events.status === "delayed" ||
      queue?.status === "unavailable" ||
      !worker;
    const body = {
      status: serves ? (impaired ? "degraded" : "ok") : "unavailable",
      version,
      uptimeSeconds: Math.floor((performance.now() - startedAt) / 1000),
      checks: {
        database,
        events,
        ...(redis && queue ? { redis: { ...queue, warnings: redis.warnings() } } : {}),
        worker: { status: worker ? "ok" : "unavailable" },
      },
      channels: Object.fromEntries(
        channels.map((name) => [name, channelsOn.includes(name) ? "on" : "off"]),
      ) as Record<Channel, "on" | "off">,
    } as const;
    return c.json(body, body.status === "unavailable" ? 503 : 200);
  });

  on(contract.getLive, (c) => c.json({ status: "ok" as const }, 200));

  on(contract.getReady, async (c) => {
    const turnedAway = isStopping() || !isLogReadable(context);
    const { status } = turnedAway ? { status: "unavailable" as const } : await check(context.store);
    return c.json({ status }, status === "ok" ? 200 : 503);
  });

  return app;
}

/** Events wait this long when all is well: our own transactions are over by then. */
const longestWaitSeconds = 5;

async function checkEvents({ store, clock, logAgeMs }: Context) {
  const waiting = await oldestWaiting(store.events, clock.now()).catch(() => null);
  const waitingSeconds = Math.round((waiting ?? 0) / 100) / 10;
  if (waiting === null || !isLogReadable({ logAgeMs }))
    return { status: "unavailable" as const, waitingSeconds };
  return {
    status: waitingSeconds > longestWaitSeconds ? ("delayed" as const) : ("ok" as const),
    waitingSeconds,
  };
}

async function oldestWaiting(events: Context["store"]["events"], now: Date): Promise<number> {
  const since = await events.unsettledSince();
  return since ? Math.max(0, now.getTime() - since.getTime()) : 0;
}

type Checked = { status: "ok" | "degraded" | "unavailable"; latencyMs: number; reason?: string };

/** A database that can be read but not written is degraded: it still answers most requests. */
async function checkDatabase(store: Pick<Store, "ping" | "notWritable">): Promise<Checked> {
  const readable = await check(store);
  if (readable.status === "unavailable") return readable;
  const reason = await store.notWritable();
  return reason === null ? readable : { ...readable, status: "degraded", reason };
}

async function check(
  dependency: Pingable,
): Promise<{ status: "ok" | "unavailable"; latencyMs: number; reason?: string }> {
  const start = performance.now();
  const answer = await dependency.ping().then(
    () => ({ status: "ok" as const }),
    (error) => ({
      status: "unavailable" as const,
      ...(error instanceof Refusal ? { reason: error.detail } : {}),
    }),
  );
  return { ...answer, latencyMs: Math.round((performance.now() - start) * 10) / 10 };
}
