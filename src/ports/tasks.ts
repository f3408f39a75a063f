import type { Task } from "../domain/tasks/task.ts";
import type { Page, PageRequest } from "./page.ts";

export type TaskCounts = { waiting: number; active: number; delayed: number; failed: number; done: number };

/** A lease that begins now. */
export type Lease = { now: Date; until: Date };

/**
 * The ledger of everything timed: the truth about it, whatever a queue knows. One worker leases one task until the
 * lease ends; the number of the attempt shows whose lease it is.
 */
export interface Tasks {
  /**
   * Leases those of `ids` of a kind that are due for an attempt by now, and with `retry` also those that have failed.
   * One whose lease has run out gets `leaseLost` as its reason.
   */
  lease(kind: string, ids: string[], lease: Lease & { retry?: boolean }): Promise<Task[]>;
  /** Leases tasks of a kind that are due for an attempt by now, the longest waiting first. */
  leaseDue(kind: string, limit: number, lease: Lease): Promise<Task[]>;
  /** Ends a lease. It changes nothing when another lease came after it, or when it was voided meanwhile. */
  conclude(leased: Task): Promise<void>;
  /**
   * What the queue of a kind should know by now: attempts before `until` that were never queued, and those that came
   * due and were queued before `queuedBefore`, but not taken up by `overdue`.
   */
  toQueue(
    kind: string,
    bounds: { until: Date; overdue: Date; queuedBefore: Date },
    limit: number,
  ): Promise<Task[]>;
  markQueued(ids: string[], at: Date): Promise<void>;
  /** Every queue was emptied: queue everything again. */
  forgetQueued(): Promise<void>;
  /** The earliest attempt of a kind; null when there is nothing to do. */
  nextAttemptAt(kind: string): Promise<Date | null>;
  /** Schedules failed tasks for now, `ids` or all of them; returns how many. */
  retryFailed(now: Date, ids?: string[]): Promise<number>;
  counts(kind: string, now: Date): Promise<TaskCounts>;
  /** How many of a kind were skipped. */
  skipped(kind: string): Promise<number>;
  /** How many of a kind should have been attempted before an instant and were not. */
  overdue(kind: string, before: Date): Promise<number>;
  /** When the latest of a kind were due and done, the latest first. */
  lastDone(kind: string, limit: number, since: Date): Promise<{ dueAt: Date; doneAt: Date }[]>;
  /** Of all kinds, those due first. */
  listFailed(limit: number): Promise<Task[]>;
  /** Those of some kinds that are about one thing. */
  ofSubject(
    organizationId: string,
    about: { subjectId: string; kinds: readonly string[] },
    page: PageRequest<"dueAt">,
  ): Promise<Page<Task>>;
  /** Those of some kinds that are about several things, without the voided ones, by when they are due. */
  ofSubjects(
    organizationId: string,
    about: { subjectIds: string[]; kinds: readonly string[] },
  ): Promise<Task[]>;
}
