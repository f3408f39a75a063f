import type { Redis } from "ioredis";
import { repeating } from "../../src/lib/repeating.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import { queueAheadMs } from "../../src/ports/queue.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import type { Processor } from "../processor.ts";
import { createRunner } from "../runner.ts";
import { jobFor, type Queues } from "./job.ts";

const everyMs = 2_000;
/**
 * Attempts that are late by this, and were queued longer ago than below, count as lost by the queue and are queued
 * again. While jobs wait for a worker they may well be among them, so then there is more patience.
 */
const lateMs = 2_000;
const againIdleMs = 10_000;
const againBusyMs = 60_000;
const batch = 1_000;
/** Without Redis the ledger is worked off directly. */
const concurrency = 20;

type Options = {
  processors: Processor[];
  tasks: Tasks;
  queues: () => Queues | null;
  /** A key that exists as long as Redis keeps its data. */
  marker: string;
  redis: Redis;
  clock: Clock;
  log: Log;
};

/**
 * Keeps the queues and the ledger in step: queues what is due within the hour, and again what the queues have lost.
 * While Redis is down, it works straight from the ledger. Every worker runs one; queueing twice does no harm.
 */
export function startSweeper({ processors, tasks, queues, marker, redis, clock, log }: Options): {
  stop(): Promise<void>;
} {
  const runners = processors.map((processor) => createRunner(processor, { tasks, clock, log, concurrency }));
  const onFault = repeating((fields) => log.warn(fields, "the sweep failed; trying again"));
  let sweeping: Promise<void> | null = null;

  const noticeEmptied = async () => {
    if (await redis.get(marker)) return;
    log.warn({}, "Redis is new or has lost the queues; filling them again from the ledger");
    await tasks.forgetQueued();
    await redis.set(marker, clock.now().toISOString());
  };

  const fillQueue = async ({ kind }: Processor) => {
    const queue = queues()?.[kind];
    if (!queue) throw new Error("Redis has not been reached yet.");
    const againMs = (await queue.getWaitingCount()) === 0 ? againIdleMs : againBusyMs;
    for (;;) {
      const now = clock.now();
      const before = (ms: number) => new Date(now.getTime() - ms);
      const bounds = {
        until: before(-queueAheadMs),
        overdue: before(lateMs),
        queuedBefore: before(againMs),
      };
      const found = await tasks.toQueue(kind, bounds, batch);
      if (found.length === 0) return;
      const round = Math.floor(now.getTime() / againMs);
      const jobs = found.map((task) => jobFor(task, now, task.queuedAt ? round : undefined));
      await queue.addBulk(jobs);
      await tasks.markQueued(
        found.map(({ id }) => id),
        now,
      );
      if (found.length < batch) return;
    }
  };

  const sweep = async () => {
    try {
      await noticeEmptied();
      for (const processor of processors) await fillQueue(processor);
    } catch (err) {
      if (redis.status === "ready") throw err;
      // Each kind by itself: a slow one holds up no other.
      for (const runner of runners) runner.pass().catch((err) => onFault({ err }));
    }
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((err) => onFault({ err }))
      .finally(() => {
        sweeping = null;
      });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await sweeping;
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
}
