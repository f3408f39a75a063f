/** An answer as it was sent: enough to send it again, byte for byte. */
export type Reply = { status: number; body: string; location: string | null; etag: string | null };

/**
 * The stored success of a request with an `Idempotency-Key`, kept for `receiptDays`. Unique by caller and key;
 * `fingerprint` shows whether a later request is the same one.
 */
export type Receipt = Reply & {
  organizationId: string;
  callerId: string;
  key: string;
  fingerprint: string;
  createdAt: Date;
};

export const receiptDays = 7;

/** A receipt made at this instant or before has expired: its key is free again, purged or not. */
export function receiptsExpiredBy(now: Date): Date {
  return new Date(now.getTime() - receiptDays * 24 * 60 * 60 * 1000);
}
