import { type Job, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { claimMs, type Delivery } from "../../src/domain/deliveries/delivery.ts";
import { gather } from "../../src/lib/gather.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { AttemptFailed, attempt, claimFrom, type Processor } from "../processor.ts";
import { deliveryJob, jobName } from "./catalogue.ts";

const concurrency = 50;

type Needs = { consumer: Redis; prefix: string; clock: Clock; log: Logger };

/**
 * Consumes the queue of one ledger. A failed job runs again only when somebody requests it, so then a failed delivery
 * may be claimed too.
 */
export function bullmqWorker<T extends Delivery>(
  processor: Processor<T>,
  { consumer, prefix, clock, log }: Needs,
): { close(): Promise<void> } {
  const claim = gather(async (ids: string[]) => {
    const claimed = await processor.ledger.claim(ids, { ...claimFrom(clock), retry: true });
    const byId = new Map(claimed.map((delivery) => [delivery.id, delivery]));
    // Each is handed out once: the queue may contain one of them twice.
    return ids.map((id) => {
      const delivery = byId.get(id);
      byId.delete(id);
      return delivery;
    });
  });
  const running = new Set<Promise<void>>();
  const worker = new Worker(
    processor.name,
    (job) => {
      const done = runJob(job, claim, (c) => attempt(processor, c, clock));
      // BullMQ handles the fault of a job; this only waits for its end.
      const settled = done.catch(() => {}).finally(() => running.delete(settled));
      running.add(settled);
      return done;
    },
    {
      connection: consumer,
      prefix,
      concurrency,
      lockDuration: claimMs,
      // A job is not to blame for the crashes of its workers; the ledger bounds the attempts.
      maxStalledCount: 1_000,
      settings: { backoffStrategy: (_, __, error) => untilNextAttempt(error, clock) },
    },
  );
  // The connection reports its faults itself.
  worker.on("error", () => {});
  worker.on("failed", (job, error) => {
    log.warn({ err: error.cause ?? error, ledger: processor.name, id: job?.data?.id }, "an attempt failed");
  });
  return {
    // Without Redis, BullMQ can't close cleanly, and would wait for it. Work in progress still ends.
    close: async () => {
      await worker.close(consumer.status !== "ready");
      await Promise.all(running);
    },
  };
}

async function runJob<T extends Delivery>(
  job: Job,
  claim: (id: string) => Promise<T | undefined>,
  run: (claimed: T) => Promise<void>,
): Promise<void> {
  const message = deliveryJob.safeParse(job.data);
  if (job.name !== jobName || !message.success) {
    throw new UnrecoverableError("Not a message that this worker knows.");
  }
  const claimed = await claim(message.data.id);
  // Sent, skipped, voided, or in other hands: there is nothing to do here.
  if (!claimed) return;
  await run(claimed).catch((error) => {
    const last = error instanceof AttemptFailed && error.nextAttemptAt === null;
    throw last ? Object.assign(new UnrecoverableError(error.message), { cause: error.cause }) : error;
  });
}

function untilNextAttempt(error: Error | undefined, clock: Clock): number {
  const next = error instanceof AttemptFailed ? error.nextAttemptAt : null;
  return next ? Math.max(0, next.getTime() - clock.now().getTime()) : claimMs;
}
