import type { Logger } from "pino";
import type { Delivery } from "../src/domain/deliveries/delivery.ts";
import type { Clock } from "../src/ports/clock.ts";
import { type AttemptFailed, attempt, claimFrom, type Processor } from "./processor.ts";

export type Runner = {
  /**
   * Takes up everything that is due; resolves when nothing more is due, while the last deliveries may still be in
   * progress.
   */
  pass(): Promise<void>;
  /** Waits for the work in progress. */
  settled(): Promise<void>;
};

/** Processes one ledger without a queue, a bounded number at a time. */
export function createRunner<T extends Delivery>(
  processor: Processor<T>,
  { clock, log, concurrency }: { clock: Clock; log: Logger; concurrency: number },
): Runner {
  const running = new Set<Promise<void>>();
  const run = (claimed: T) => {
    const done = attempt(processor, claimed, clock)
      .catch((error: AttemptFailed) =>
        log.warn({ err: error.cause ?? error, ledger: processor.name, id: claimed.id }, "an attempt failed"),
      )
      .finally(() => running.delete(done));
    running.add(done);
  };
  return {
    pass: async () => {
      for (;;) {
        if (running.size >= concurrency) await Promise.race(running);
        const claimed = await processor.ledger.claimDue(concurrency - running.size, claimFrom(clock));
        for (const delivery of claimed) run(delivery);
        if (claimed.length === 0) return;
      }
    },
    settled: async () => {
      await Promise.all(running);
    },
  };
}
