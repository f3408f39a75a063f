import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { Refusal } from "../../src/domain/refusal.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { QueueCounts } from "../../src/ports/jobs.ts";
import type { Log } from "../../src/ports/log.ts";
import { queueAheadMs } from "../../src/ports/queue.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import { connectRedis } from "../../src/process/connect-redis.ts";
import type { Broker } from "./broker.ts";
import { bullmqWorker } from "./bullmq-worker.ts";
import { jobFor, type Queues } from "./job.ts";
import { redisWarnings } from "./redis-settings.ts";
import { startSweeper } from "./sweeper.ts";

/** A worker reports this often, and counts as gone after three times as long. */
const heartbeatMs = 5_000;

type Options = {
  url: string;
  installation: string;
  /** Of tasks: each has a queue. */
  kinds: string[];
  tasks: Tasks;
  clock: Clock;
  log: Log;
};

export type RedisBroker = Broker & {
  /** Null until Redis first answered. */
  queues(): Queue[] | null;
  /** What is wrong with the settings of Redis, as far as it has been reached. */
  warnings(): string[];
};

/** BullMQ's queues, one per kind of task. Each job is the wake-up for one attempt at one task. */
export function bullmqBroker({ url, installation, kinds, tasks, clock, log }: Options): RedisBroker {
  // One hash slot for all of it, so that it runs on Redis Cluster too.
  const prefix = `{booking:${installation}}`;
  // A producer must not wait while Redis is down: the ledger has the row, and the sweeper will find it.
  const impatient = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 5_000 };
  const producer = connectRedis(url, "queues", log, impatient);
  const heart = heartbeat(producer, `${prefix}:workers`, clock);
  // A BullMQ queue that is created while Redis is unreachable never recovers, so they are created when Redis first
  // answers.
  let queues: Queues | null = null;
  let warnings: string[] = [];
  const reached = new Promise<void>((resolve) => {
    producer.on("ready", async () => {
      queues ??= createQueues(kinds, producer, prefix);
      resolve();
      warnings = await redisWarnings(producer);
      for (const warning of warnings) log.warn({ warning }, "Redis is not set up as it should be");
    });
  });

  return {
    broker: "redis",
    queues: () => queues && Object.values(queues),
    warnings: () => warnings,
    add: (kind, planned) => {
      const now = clock.now();
      const until = new Date(now.getTime() + queueAheadMs);
      const jobs = planned
        .filter(({ attemptAt }) => attemptAt && attemptAt < until)
        .map((task) => jobFor(task, now));
      // The sweeper finds what the queue did not take.
      if (jobs.length > 0) queues?.[kind]?.addBulk(jobs).catch(() => {});
    },
    work: (processors) => {
      const consumer = connectRedis(url, "queues", log, { maxRetriesPerRequest: null });
      const workers = processors.map((processor) =>
        bullmqWorker(processor, { consumer, prefix, tasks, clock, log }),
      );
      const marker = `${prefix}:marker`;
      const sweeper = startSweeper({
        processors,
        tasks,
        queues: () => queues,
        marker,
        redis: producer,
        clock,
        log,
      });
      const stopHeart = heart.start();
      return async () => {
        await sweeper.stop();
        // Jobs in progress finish; waiting jobs are left to another worker.
        await Promise.all(workers.map((worker) => worker.close()));
        await stopHeart();
        consumer.disconnect();
      };
    },
    isWorked: heart.isSeen,
    reached: () => Promise.race([reached, Bun.sleep(impatient.commandTimeout)]),
    counts: () =>
      whileReachable(async () => {
        const states = ["waiting", "active", "completed", "failed", "delayed"] as const;
        const each = kinds.map(async (kind) => [kind, await queues?.[kind]?.getJobCounts(...states)]);
        return Object.fromEntries(await Promise.all(each)) as Record<string, QueueCounts>;
      }, queues),
    retryFailed: async () => {
      await whileReachable(async () => {
        for (const queue of Object.values(queues ?? {})) await queue.retryJobs({ state: "failed" });
      }, queues);
    },
    close: async () => {
      // Redis may be gone before us: there is nothing of ours left to close.
      const closed = Object.values(queues ?? {}).map((queue) => queue.close().catch(() => {}));
      // While Redis is down, it does not end.
      await Promise.race([Promise.all(closed), Bun.sleep(1_000)]);
      producer.disconnect();
    },
  };
}

function createQueues(kinds: string[], connection: Redis, prefix: string): Queues {
  const made = kinds.map((kind) => {
    const queue = new Queue(kind, { connection, prefix, skipWaitingForReady: true });
    queue.on("error", () => {});
    return [kind, queue] as const;
  });
  return Object.fromEntries(made);
}

async function whileReachable<T>(work: () => Promise<T>, queues: Queues | null): Promise<T> {
  const away = (cause?: unknown) =>
    new Refusal("unavailable", "Redis can't be reached.", { retryAfterSeconds: 2 }, { cause });
  if (!queues) throw away();
  return work().catch((cause) => {
    throw away(cause);
  });
}

/** A sorted set of the workers, by when each was last there. */
function heartbeat(redis: Redis, key: string, clock: Clock) {
  return {
    start: () => {
      const id = crypto.randomUUID();
      // A worker whose beats don't arrive counts as gone, and `/health` says so.
      const beat = () => redis.zadd(key, clock.now().getTime(), id).catch(() => {});
      beat();
      redis.on("ready", beat);
      const timer = setInterval(beat, heartbeatMs);
      return async () => {
        clearInterval(timer);
        redis.off("ready", beat);
        // Where Redis can't be reached, the worker counts as gone when its beats stop.
        await redis.zrem(key, id).catch(() => {});
      };
    },
    isSeen: async () => {
      await redis.zremrangebyscore(key, "-inf", clock.now().getTime() - 3 * heartbeatMs);
      return (await redis.zcard(key)) > 0;
    },
  };
}
