import { asFailedAttempt, asSkipped, claimMs, type Delivery } from "../src/domain/deliveries/delivery.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { Ledger, LedgerName } from "../src/ports/ledger.ts";
import { ChannelFault, Undeliverable } from "../src/ports/notifier.ts";

/** How the deliveries of one ledger are sent. */
export type Processor<T extends Delivery = Delivery> = {
  name: LedgerName;
  ledger: Ledger<T>;
  /** Sends a claimed delivery and records it; returns a reason instead if there is nothing to send. */
  deliver(claimed: T): Promise<{ skipped: string } | undefined>;
};

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

/** The end of a claim that begins now. */
export function claimFrom(clock: Clock): { now: Date; until: Date } {
  const now = clock.now();
  return { now, until: new Date(now.getTime() + claimMs) };
}

/**
 * Delivers a claimed delivery and records the outcome; throws `AttemptFailed` when it has to be tried again or is lost.
 */
export async function attempt<T extends Delivery>(
  { ledger, deliver }: Processor<T>,
  claimed: T,
  clock: Clock,
): Promise<void> {
  try {
    const outcome = await deliver(claimed);
    if (outcome) await ledger.conclude(asSkipped(claimed, outcome.skipped, clock.now()));
  } catch (error) {
    const isExplained = error instanceof Undeliverable || error instanceof ChannelFault;
    const reason = isExplained
      ? error.message
      : "Something went wrong here; the service's log has the cause.";
    const final = error instanceof Undeliverable;
    const failed = asFailedAttempt(claimed, { reason, final, chance: Math.random() }, clock.now());
    await ledger.conclude(failed);
    throw new AttemptFailed(reason, failed.attemptAt, error);
  }
}
