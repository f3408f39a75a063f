import type { Redis } from "ioredis";
import type { Logger } from "pino";
import type { Clock } from "../../src/ports/clock.ts";
import { ledgerNames } from "../../src/ports/ledger.ts";
import { queueAheadMs } from "../../src/ports/queue.ts";
import type { Processor } from "../processor.ts";
import { createRunner } from "../runner.ts";
import type { Queues } from "./catalogue.ts";
import { jobFor } from "./catalogue.ts";

const everyMs = 2_000;
/**
 * Attempts that are late by this, and were queued longer ago than below, count as lost by the queue and are queued
 * again. While jobs wait for a worker they may well be among them, so then there is more patience.
 */
const lateMs = 2_000;
const tellAgainIdleMs = 10_000;
const tellAgainBusyMs = 60_000;
const batch = 1_000;
/** Without Redis the ledger is worked off directly. */
const concurrency = 20;

type Options = {
  // biome-ignore lint/suspicious/noExplicitAny: each processor has deliveries of its own kind
  processors: Processor<any>[];
  queues: () => Queues | null;
  /** A key that exists as long as Redis keeps its data. */
  marker: string;
  redis: Redis;
  clock: Clock;
  log: Logger;
};

/**
 * Keeps the queues and the ledgers in step: queues what is due within the hour, and again what the queues have lost.
 * While Redis is down, it works straight from the ledgers. Every worker runs one; queueing twice does no harm.
 */
export function startSweeper({ processors, queues, marker, redis, clock, log }: Options): {
  stop(): Promise<void>;
} {
  const runners = processors.map((processor) => createRunner(processor, { clock, log, concurrency }));
  let sweeping: Promise<void> | null = null;

  const noticeEmptied = async () => {
    if (await redis.get(marker)) return;
    log.warn("Redis is new or has lost the queues; filling them again from the ledger");
    for (const name of ledgerNames) {
      await processors.find((processor) => processor.name === name)?.ledger.forgetQueued();
    }
    await redis.set(marker, clock.now().toISOString());
  };

  // biome-ignore lint/suspicious/noExplicitAny: a processor of any kind
  const tellQueue = async ({ name, ledger }: Processor<any>) => {
    const queue = queues()?.[name];
    if (!queue) throw new Error("Redis has not been reached yet.");
    const tellAgainMs = (await queue.getWaitingCount()) === 0 ? tellAgainIdleMs : tellAgainBusyMs;
    for (;;) {
      const now = clock.now();
      const before = (ms: number) => new Date(now.getTime() - ms);
      const bounds = {
        until: before(-queueAheadMs),
        overdue: before(lateMs),
        toldBefore: before(tellAgainMs),
      };
      const found = await ledger.toQueue(bounds, batch);
      if (found.length === 0) return;
      const round = Math.floor(now.getTime() / tellAgainMs);
      const jobs = found.map((delivery) => jobFor(delivery, now, delivery.queuedAt ? round : undefined));
      await queue.addBulk(jobs);
      await ledger.markQueued(
        found.map(({ id }) => id),
        now,
      );
      if (found.length < batch) return;
    }
  };

  const sweep = async () => {
    try {
      await noticeEmptied();
      for (const processor of processors) await tellQueue(processor);
    } catch (err) {
      if (redis.status === "ready") throw err;
      for (const runner of runners) await runner.pass();
    }
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((err) => log.warn({ err }, "the sweep failed; trying again"))
      .finally(() => {
        sweeping = null;
      });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await sweeping;
      await Promise.all(runners.map((runner) => runner.settled()));
    },
  };
}
