import type { Delivery } from "../domain/deliveries/delivery.ts";
import type { LedgerName } from "./ledger.ts";

/**
 * Wakes the worker in time. It may lose or repeat an attempt: the ledger is the truth, and a sweep finds what no queue
 * knows about.
 */
export interface Queue {
  /** Queues deliveries that were committed just now. It does not wait, and it does not fail. */
  add(name: LedgerName, deliveries: Pick<Delivery, "id" | "attempts" | "attemptAt">[]): void;
}

/**
 * No attempt is queued further ahead than this, so that a queue contains what is due soon and not the next five years.
 */
export const queueAheadMs = 3_600_000;
