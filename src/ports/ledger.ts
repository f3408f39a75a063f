import type { Delivery } from "../domain/deliveries/delivery.ts";
import type { Mail } from "../domain/deliveries/mail.ts";
import type { Reminder } from "../domain/deliveries/reminder.ts";

/** The kinds of deliveries, each with its table and its queue. */
export type Ledgers = { reminders: Ledger<Reminder>; mails: Ledger<Mail> };

export type LedgerName = keyof Ledgers;

export const ledgerNames = ["reminders", "mails"] as const satisfies LedgerName[];

export type LedgerCounts = { waiting: number; active: number; delayed: number; failed: number; sent: number };

/**
 * The record of what must be delivered: the truth about it, whatever a queue knows. One worker claims one row until it
 * ends; the number of the attempt shows whose claim it is.
 */
export interface Ledger<T extends Delivery> {
  /** Claims those of `ids` that are due for an attempt by now, and with `retry` also those that have failed. */
  claim(ids: string[], claim: { now: Date; until: Date; retry?: boolean }): Promise<T[]>;
  /** Claims deliveries that are due for an attempt by now, the longest waiting first. */
  claimDue(limit: number, claim: { now: Date; until: Date }): Promise<T[]>;
  /** Ends a claim. It changes nothing when another claim came after it, or when it was voided meanwhile. */
  conclude(claimed: T): Promise<void>;
  /**
   * What a queue should know by now: attempts before `until` that were never queued, and those that came due and were
   * queued before `toldBefore`, but not taken up by `overdue`.
   */
  toQueue(bounds: { until: Date; overdue: Date; toldBefore: Date }, limit: number): Promise<T[]>;
  markQueued(ids: string[], at: Date): Promise<void>;
  /** Every queue was emptied: queue everything again. */
  forgetQueued(): Promise<void>;
  /** The earliest attempt; null when there is nothing to do. */
  nextAttemptAt(): Promise<Date | null>;
  /** Schedules failed deliveries for now, `ids` or all of them; returns how many. */
  retryFailed(now: Date, ids?: string[]): Promise<number>;
  counts(now: Date): Promise<LedgerCounts>;
  listFailed(limit: number): Promise<T[]>;
}
