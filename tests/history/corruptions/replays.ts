import { type Attempt, isSuccess } from "../record.ts";
import { type Corruption, some } from "./corruption.ts";

export const replays: Corruption[] = [
  {
    what: "a replay differs in one byte",
    found: "oneAnswerPerKey",
    apply: ({ operations }, random) => {
      const replayed = (attempt: Attempt) => attempt.replayed && isSuccess(attempt);
      const operation = some(operations, random, ({ attempts }) => attempts.filter(isSuccess).length > 1);
      const attempt = some(operation.attempts, random, replayed);
      attempt.text = attempt.text.replace('"version":', '"version": ');
    },
  },
  {
    what: "two attempts with one key were carried out",
    found: "oneAnswerPerKey",
    apply: ({ operations }, random) => {
      const operation = some(operations, random, ({ attempts }) => attempts.filter(isSuccess).length > 1);
      for (const attempt of operation.attempts) attempt.replayed = false;
    },
  },
  {
    what: "a receipt is gone",
    found: "oneAnswerPerKey",
    apply: ({ rows }, random) => {
      const { key } = some(rows.receipts, random);
      rows.receipts = rows.receipts.filter((receipt) => receipt.key !== key);
    },
  },
  {
    what: "one key made two bookings",
    found: "oneBookingPerKey",
    apply: ({ operations, bookings }, random) => {
      const withKey = new Set(operations.filter(({ key }) => key !== null).map(({ id }) => id));
      const first = some(bookings, random, ({ metadata }) => withKey.has(String(metadata.op)));
      // Its later changes have their own operations: this is one that was never changed.
      some(bookings, random, (booking) => booking !== first).metadata.op = first.metadata.op;
    },
  },
  {
    what: "a used key was good for another body",
    found: "keysAreNotReused",
    apply: ({ operations }, random) => {
      const operation = some(operations, random, ({ kind }) => kind === "reuse");
      Object.assign(some(operation.attempts, random), { status: 201, text: "{}" });
    },
  },
];
