import type { Evidence } from "../evidence.ts";
import { isSuccess } from "../record.ts";

/** A key gives one success, byte for byte: one attempt made it, and every other one got it again. It is kept. */
export function oneAnswerPerKey({ operations, rows }: Evidence): string[] {
  const receipts = Map.groupBy(rows.receipts, ({ callerId, key }) => `${callerId} ${key}`);
  return operations
    .filter(({ key, kind }) => key !== null && kind !== "reuse")
    .flatMap(({ id, key, actorId, attempts }) => {
      const successes = attempts.filter(isSuccess);
      const [first] = successes;
      if (!first) return [];
      const same = successes.every(
        (other) =>
          other.text === first.text &&
          other.status === first.status &&
          other.etag === first.etag &&
          other.location === first.location,
      );
      const kept = receipts.get(`${actorId} ${key}`) ?? [];
      return [
        ...(same ? [] : [`${id}: the answers to one key differ.`]),
        ...(successes.filter(({ replayed }) => !replayed).length > 1
          ? [`${id}: two attempts were carried out.`]
          : []),
        ...(kept.length === 1 && kept[0]?.body === first.text
          ? []
          : [`${id}: its receipt is not what was answered.`]),
      ];
    });
}

export function oneBookingPerKey({ operations, bookings }: Evidence): string[] {
  const made = Map.groupBy(bookings, ({ metadata }) => String(metadata.op));
  const ids = new Map(operations.map(({ id, key, kind }) => [id, kind === "create" ? key : null]));
  return [...made]
    .filter(([op, all]) => all.length > 1 && ids.get(op))
    .map(([op, all]) => `${op} made ${all.length} bookings.`);
}

/** A key that has succeeded is never good for another body. */
export function keysAreNotReused({ operations }: Evidence): string[] {
  return operations
    .filter(({ kind }) => kind === "reuse")
    .flatMap(({ id, attempts }) =>
      attempts
        .filter(({ status }) => status !== null && ![422, 503, 401].includes(status))
        .map(({ status, text }) => `${id}: another body with a used key got ${status} ${text}.`),
    );
}
