/** An answer as it went out: enough to give it again, byte for byte. */
export type Reply = { status: number; body: string; location: string | null; etag: string | null };

/**
 * The stored success of a request that carried an `Idempotency-Key`, kept for `receiptDays`.
 * Unique by caller and key; `fingerprint` tells whether a later request is the same one.
 */
export type Receipt = Reply & {
  organizationId: string;
  callerId: string;
  key: string;
  fingerprint: string;
  createdAt: Date;
};

export const receiptDays = 7;
