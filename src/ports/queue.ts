import type { Delivery } from "../domain/delivery.ts";
import type { LedgerName } from "./ledger.ts";

/**
 * Wakes the worker in time. It may lose what it was told or say it twice: the ledger is the truth, and a sweep finds
 * what no queue knows of.
 */
export interface Queue {
  /** Tells of deliveries that were committed just now. It does not wait, and it does not fail. */
  add(name: LedgerName, deliveries: Pick<Delivery, "id" | "attempts" | "attemptAt">[]): void;
}

/** No attempt is told further ahead than this, so that a queue holds what comes soon and not the next five years. */
export const queueAheadMs = 3_600_000;
