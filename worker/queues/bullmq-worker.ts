import { type Job, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { leaseMs, type Task } from "../../src/domain/tasks/task.ts";
import { gather } from "../../src/lib/gather.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import { AttemptFailed, attempt, leaseFrom, type Processor, type Working } from "../processor.ts";
import { jobName, taskJob } from "./job.ts";

const concurrency = 50;

type Needs = Working & { consumer: Redis; prefix: string; log: Log };

/**
 * Consumes the queue of one kind of task. A failed job runs again only when somebody requests it, so then a failed task
 * may be leased too.
 */
export function bullmqWorker(
  processor: Processor,
  { consumer, prefix, tasks, clock, log }: Needs,
): { close(): Promise<void> } {
  const { kind } = processor;
  const lease = gather(async (ids: string[]) => {
    const leased = await tasks.lease(kind, ids, { ...leaseFrom(clock), retry: true });
    const byId = new Map(leased.map((task) => [task.id, task]));
    // Each is handed out once: the queue may contain one of them twice.
    return ids.map((id) => {
      const task = byId.get(id);
      byId.delete(id);
      return task;
    });
  });
  const running = new Set<Promise<void>>();
  const worker = new Worker(
    kind,
    (job) => {
      const done = runJob(job, lease, (task) => attempt(processor, task, { tasks, clock }));
      // BullMQ handles the fault of a job; this only waits for its end.
      const settled = done.catch(() => {}).finally(() => running.delete(settled));
      running.add(settled);
      return done;
    },
    {
      connection: consumer,
      prefix,
      concurrency,
      lockDuration: leaseMs,
      // A job is not to blame for the crashes of its workers; the ledger bounds the attempts.
      maxStalledCount: 1_000,
      settings: { backoffStrategy: (_, __, error) => untilNextAttempt(error, clock) },
    },
  );
  // The connection reports its faults itself.
  worker.on("error", () => {});
  worker.on("failed", (job, error) => {
    log.warn({ err: error.cause ?? error, kind, id: job?.data?.id }, "an attempt failed");
  });
  return {
    // Without Redis, BullMQ can't close cleanly, and would wait for it. Work in progress still ends.
    close: async () => {
      await worker.close(consumer.status !== "ready");
      await Promise.all(running);
    },
  };
}

async function runJob(
  job: Job,
  lease: (id: string) => Promise<Task | undefined>,
  run: (leased: Task) => Promise<void>,
): Promise<void> {
  const message = taskJob.safeParse(job.data);
  if (job.name !== jobName || !message.success) {
    throw new UnrecoverableError("Not a message that this worker knows.");
  }
  const leased = await lease(message.data.id);
  // Done, skipped, voided, or in other hands: there is nothing to do here.
  if (!leased) return;
  await run(leased).catch((error) => {
    const last = error instanceof AttemptFailed && error.nextAttemptAt === null;
    throw last ? Object.assign(new UnrecoverableError(error.message), { cause: error.cause }) : error;
  });
}

function untilNextAttempt(error: Error | undefined, clock: Clock): number {
  const next = error instanceof AttemptFailed ? error.nextAttemptAt : null;
  return next ? Math.max(0, next.getTime() - clock.now().getTime()) : leaseMs;
}
