import type { ObjectStorage } from "../../../db/engines/sqlite/durable-object.ts";
import { sumUpSomeClaims } from "../../../db/occupancy.ts";

/** About as many claims are summed up in one request: a small part of the time that a request has. */
const claimsAtOnce = 10_000;

/**
 * Sums up the claims of some resources after the one with this id, and calls `keep` in the same transaction. Returns the
 * id of the last one, null once there is none.
 */
export function sumUpSome(
  storage: ObjectStorage,
  after: string,
  keep: (upTo: string) => void,
): string | null {
  const counts = storage.sql.exec(
    "select resource_id, count(*) as n from claims where blocking and resource_id > ? group by resource_id order by resource_id",
    after,
  );
  let upTo: string | null = null;
  let claims = 0;
  for (const { resource_id: id, n } of counts) {
    upTo = String(id);
    claims += Number(n);
    if (claims >= claimsAtOnce) break;
  }
  if (upTo === null) return null;
  const last = upTo;
  storage.transactionSync(() => {
    storage.sql.exec(sumUpSomeClaims, after, last).toArray();
    keep(last);
  });
  return last;
}
