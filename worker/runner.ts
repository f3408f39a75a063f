import type { Task } from "../src/domain/tasks/task.ts";
import type { Log } from "../src/ports/log.ts";
import { type AttemptFailed, attempt, leaseFrom, type Processor, type Working } from "./processor.ts";

export type Runner = {
  /**
   * Takes up everything that is due. Resolves when nothing more is, with the time of the next attempt, while the last
   * tasks may still be in progress. A call during a pass gets that pass.
   */
  pass(): Promise<Date | null>;
  /** Resolves when no task is in progress. */
  idle(): Promise<void>;
  /** Whether it is as busy as it may be, or has read the ledger within this time. */
  isAlive(withinMs: number): boolean;
  /** Takes up nothing more, and waits for the work in progress. */
  stop(): Promise<void>;
};

/** Works off one kind of task without a queue, a bounded number at a time. */
export function createRunner(
  processor: Processor,
  { tasks, clock, log, concurrency }: Working & { log: Log; concurrency: number },
): Runner {
  const { kind } = processor;
  const running = new Set<Promise<void>>();
  let passing: Promise<Date | null> | null = null;
  let stopped = false;
  let readAt = performance.now();

  const run = (leased: Task) => {
    const done = attempt(processor, leased, { tasks, clock })
      .catch((error: AttemptFailed) =>
        log.warn({ err: error.cause ?? error, kind, id: leased.id }, "an attempt failed"),
      )
      .finally(() => running.delete(done));
    running.add(done);
  };
  const pass = async () => {
    for (;;) {
      if (running.size >= concurrency) await Promise.race(running);
      if (stopped) return null;
      const leased = await tasks.leaseDue(kind, concurrency - running.size, leaseFrom(clock));
      readAt = performance.now();
      for (const task of leased) run(task);
      if (leased.length === 0) return tasks.nextAttemptAt(kind);
    }
  };
  return {
    pass: () => {
      passing ??= pass().finally(() => {
        passing = null;
      });
      return passing;
    },
    idle: async () => void (await Promise.all(running)),
    isAlive: (withinMs) => running.size >= concurrency || performance.now() - readAt < withinMs,
    stop: async () => {
      stopped = true;
      // The caller of `pass` handles its fault.
      await Promise.allSettled([passing]);
      await Promise.all(running);
    },
  };
}
