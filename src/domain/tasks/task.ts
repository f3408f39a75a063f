declare module "../change.ts" {
  interface Rows {
    tasks: Task;
  }
}

/**
 * `scheduled` waits for its time or its next attempt, `leased` is in the hands of a worker. `voided` means that its
 * subject has changed. `failed` is final until someone retries it; the others are always final.
 */
export type TaskState = "scheduled" | "leased" | "done" | "skipped" | "voided" | "failed";

/**
 * Something to do once, at its time: a row of the ledger that the worker works off. Unique by kind, subject and key.
 *
 * The life of a task:
 *
 *     scheduled ⇄ leased → done | skipped | failed
 *     scheduled, leased, failed → voided;  failed → scheduled, by an operator
 */
export type Task<K extends string = string, D extends object = object> = {
  id: string;
  organizationId: string;
  /** What is to be done, by the name of its processor; each kind has a queue of its own. */
  kind: K;
  /** The thing that it is about: a booking, a link. */
  subjectId: string;
  /** Distinguishes the tasks of one kind and subject. */
  key: string;
  state: TaskState;
  /** Why it was skipped or voided, or why the last attempt failed. */
  reason: string | null;
  dueAt: Date;
  /** Counts leases; only the latest may record the outcome. */
  attempts: number;
  /** When it is due next: its time, the next attempt, or the end of a lease. Null when nothing is left to do. */
  attemptAt: Date | null;
  /** When it was last put into a queue. */
  queuedAt: Date | null;
  doneAt: Date | null;
  /** What its processor needs to know besides the subject. */
  data: D;
  /** The trace in which it was planned (W3C traceparent), where requests are traced. */
  traceParent: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** A lease is valid for this long: if its worker is gone, another one may try. Longer than any attempt may take. */
export const leaseMs = 30_000;

/** The reason of a task whose lease ended by itself. */
export const leaseLost = "The last attempt ended without an outcome; the worker may have been stopped.";

/** When to try again. Each delay is twice the one before. */
export type RetrySchedule = { maxAttempts: number; firstDelayMs: number };

/** The last attempt is about eleven minutes after the first. */
export const elevenMinutes: RetrySchedule = { maxAttempts: 8, firstDelayMs: 5_000 };

type NewTask<K extends string, D extends object> = Pick<
  Task<K, D>,
  "id" | "organizationId" | "kind" | "subjectId" | "key" | "dueAt" | "data"
>;

/** Scheduled for `dueAt`; skipped where that has passed. */
export function newTask<K extends string, D extends object>(task: NewTask<K, D>, now: Date): Task<K, D> {
  const past = task.dueAt < now;
  return {
    ...task,
    state: past ? "skipped" : "scheduled",
    reason: past ? "Its time had passed when it was planned." : null,
    attempts: 0,
    attemptAt: past ? null : task.dueAt,
    queuedAt: null,
    doneAt: null,
    traceParent: null,
    createdAt: now,
    updatedAt: now,
  };
}

export function asDone<T extends Task>(leased: T, now: Date): T {
  return { ...leased, state: "done", reason: null, attemptAt: null, doneAt: now, updatedAt: now };
}

export function asSkipped<T extends Task>(leased: T, reason: string, now: Date): T {
  return { ...leased, state: "skipped", reason, attemptAt: null, updatedAt: now };
}

type FailedAttempt = {
  reason: string;
  /** Whether no other attempt can help. */
  final: boolean;
  retry: RetrySchedule;
  /** From 0 to 1: spreads the attempts of tasks that failed together. */
  chance: number;
};

/** The state after a failed attempt: another attempt, later each time, until there were enough. */
export function asFailedAttempt<T extends Task>(
  leased: T,
  { reason, final, retry, chance }: FailedAttempt,
  now: Date,
): T {
  const over = final || leased.attempts >= retry.maxAttempts;
  const delayMs = retry.firstDelayMs * 2 ** (leased.attempts - 1) * (0.8 + 0.4 * chance);
  return {
    ...leased,
    state: over ? "failed" : "scheduled",
    reason: withoutAddresses(reason).slice(0, 500),
    attemptAt: over ? null : new Date(now.getTime() + delayMs),
    updatedAt: now,
  };
}

/** Mail servers repeat addresses in their answers. The ledger outlives the erasure of a person, so it keeps none. */
function withoutAddresses(reason: string): string {
  return reason.replace(/[^\s<>"',;:]+@[^\s<>"',;:]+/g, "[address]");
}
