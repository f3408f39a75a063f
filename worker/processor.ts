import {
  asFailedAttempt,
  asSkipped,
  elevenMinutes,
  leaseLost,
  leaseMs,
  type RetrySchedule,
  type Task,
} from "../src/domain/tasks/task.ts";
import type { Clock } from "../src/ports/clock.ts";
import { ChannelFault, Undeliverable } from "../src/ports/notifier.ts";
import type { Lease, Tasks } from "../src/ports/tasks.ts";

/** How the tasks of one kind are done. */
export type Processor = {
  kind: string;
  /** When to try again; `elevenMinutes` if left out. */
  retry?: RetrySchedule;
  /** Does a leased task and records it; returns a reason instead if there is nothing to do. */
  run(task: Task): Promise<{ skipped: string } | undefined>;
};

/** What a processor works for: the ledger, by the database's clock. */
export type Working = { tasks: Tasks; clock: Clock };

/** An attempt failed, and the ledger already knows; `nextAttemptAt` is null when it was the last. */
export class AttemptFailed extends Error {
  constructor(
    reason: string,
    readonly nextAttemptAt: Date | null,
    cause: unknown,
  ) {
    super(reason, { cause });
  }
}

export function leaseFrom(clock: Clock): Lease {
  const now = clock.now();
  return { now, until: new Date(now.getTime() + leaseMs) };
}

/** Does a leased task and records the outcome; throws `AttemptFailed` when it has to be tried again or is lost. */
export async function attempt(processor: Processor, leased: Task, { tasks, clock }: Working): Promise<void> {
  const { retry = elevenMinutes } = processor;
  try {
    // A task that ends its worker each time must not go on for ever.
    if (leased.reason === leaseLost && leased.attempts > retry.maxAttempts)
      throw new Undeliverable(leaseLost);
    const outcome = await processor.run(leased);
    if (outcome) await tasks.conclude(asSkipped(leased, outcome.skipped, clock.now()));
  } catch (error) {
    const isExplained = error instanceof Undeliverable || error instanceof ChannelFault;
    const reason = isExplained
      ? error.message
      : "Something went wrong here; the service's log has the cause.";
    const final = error instanceof Undeliverable;
    const failed = asFailedAttempt(leased, { reason, final, retry, chance: Math.random() }, clock.now());
    await tasks.conclude(failed);
    throw new AttemptFailed(reason, failed.attemptAt, error);
  }
}
