import type { Logger } from "pino";
import type { Task } from "../src/domain/tasks/task.ts";
import { type AttemptFailed, attempt, leaseFrom, type Processor, type Working } from "./processor.ts";

export type Runner = {
  /**
   * Takes up everything that is due; resolves when nothing more is due, while the last tasks may still be in progress.
   */
  pass(): Promise<void>;
  /** Waits for the work in progress. */
  settled(): Promise<void>;
};

/** Works off one kind of task without a queue, a bounded number at a time. */
export function createRunner(
  processor: Processor,
  { tasks, clock, log, concurrency }: Working & { log: Logger; concurrency: number },
): Runner {
  const { kind } = processor;
  const running = new Set<Promise<void>>();
  const run = (leased: Task) => {
    const done = attempt(processor, leased, { tasks, clock })
      .catch((error: AttemptFailed) =>
        log.warn({ err: error.cause ?? error, kind, id: leased.id }, "an attempt failed"),
      )
      .finally(() => running.delete(done));
    running.add(done);
  };
  return {
    pass: async () => {
      for (;;) {
        if (running.size >= concurrency) await Promise.race(running);
        const leased = await tasks.leaseDue(kind, concurrency - running.size, leaseFrom(clock));
        for (const task of leased) run(task);
        if (leased.length === 0) return;
      }
    },
    settled: async () => {
      await Promise.all(running);
    },
  };
}
