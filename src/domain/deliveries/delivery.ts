/**
 * `scheduled` waits for its time or its next attempt, `sending` is claimed by a worker. `voided` means that its subject
 * has changed. `failed` is final until someone retries it; the others are always final.
 */
export type DeliveryStatus = "scheduled" | "sending" | "sent" | "skipped" | "voided" | "failed";

/** A message that goes out once, at its time: a row of a ledger that the worker works off. */
export type Delivery = {
  id: string;
  organizationId: string;
  status: DeliveryStatus;
  /** Why it was skipped or voided, or why the last attempt failed. */
  reason: string | null;
  dueAt: Date;
  /** Counts claims; only the latest claim may record the outcome. */
  attempts: number;
  /** When it is due next: its time, the next attempt, or the end of a claim. Null when nothing is left to do. */
  attemptAt: Date | null;
  /** When it was last put into a queue. */
  queuedAt: Date | null;
  sentAt: Date | null;
  /** The trace in which it was planned (W3C traceparent), where requests are traced. */
  traceParent: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** A claim is valid for this long: if its worker is gone, another one may try. Longer than any send may take. */
export const claimMs = 30_000;

/** With the delays below, the last attempt is about eleven minutes after the first. */
export const maxAttempts = 8;

const firstDelayMs = 5_000;

type NewDelivery = Pick<Delivery, "id" | "organizationId" | "dueAt">;

/** Scheduled for `dueAt`; skipped where that has passed. */
export function newDelivery({ id, organizationId, dueAt }: NewDelivery, now: Date): Delivery {
  const past = dueAt < now;
  return {
    id,
    organizationId,
    status: past ? "skipped" : "scheduled",
    reason: past ? "Its time had passed when it was planned." : null,
    dueAt,
    attempts: 0,
    attemptAt: past ? null : dueAt,
    queuedAt: null,
    sentAt: null,
    traceParent: null,
    createdAt: now,
    updatedAt: now,
  };
}

export function asSent<T extends Delivery>(claimed: T, now: Date): T {
  return { ...claimed, status: "sent", reason: null, attemptAt: null, sentAt: now, updatedAt: now };
}

export function asSkipped<T extends Delivery>(claimed: T, reason: string, now: Date): T {
  return { ...claimed, status: "skipped", reason, attemptAt: null, updatedAt: now };
}

/**
 * The state after a failed attempt: another attempt, later each time, until there were enough; `final` ends it at once.
 * `chance` (0 to 1) spreads the attempts of deliveries that failed together.
 */
export function asFailedAttempt<T extends Delivery>(
  claimed: T,
  { reason, final, chance }: { reason: string; final: boolean; chance: number },
  now: Date,
): T {
  const over = final || claimed.attempts >= maxAttempts;
  const delayMs = firstDelayMs * 2 ** (claimed.attempts - 1) * (0.8 + 0.4 * chance);
  return {
    ...claimed,
    status: over ? "failed" : "scheduled",
    reason: withoutAddresses(reason).slice(0, 500),
    attemptAt: over ? null : new Date(now.getTime() + delayMs),
    updatedAt: now,
  };
}

/** Mail servers repeat addresses in their answers. A ledger outlives the erasure of a person, so it keeps none. */
function withoutAddresses(reason: string): string {
  return reason.replace(/[^\s<>"',;:]+@[^\s<>"',;:]+/g, "[address]");
}
