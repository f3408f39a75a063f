import type { Task } from "../domain/tasks/task.ts";

/**
 * Wakes the worker in time. It may lose or repeat an attempt: the ledger is the truth, and a sweep finds what no queue
 * knows about.
 */
export interface Queue {
  /** Queues tasks of a kind that were committed just now. It does not wait, and it does not fail. */
  add(kind: string, planned: Pick<Task, "id" | "attempts" | "attemptAt">[]): void;
}

/**
 * No attempt is queued further ahead than this, so that a queue contains what is due soon and not the next five years.
 */
export const queueAheadMs = 3_600_000;
