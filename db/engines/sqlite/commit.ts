import type { Claim } from "../../../src/domain/bookings/booking.ts";
import {
  type AsOf,
  type Change,
  type Credentials,
  type TableName,
  updatesOf,
  type VoidTasks,
} from "../../../src/domain/change.ts";
import { type Receipt, receiptsExpiredBy } from "../../../src/domain/receipt.ts";
import { tablesWith } from "../../table-list.ts";
import { insertRow, updateRow } from "./rows.ts";
import type { Statement } from "./statement.ts";

const writeOrder: TableName[] = tablesWith({ rowsFrom: "change" });

/** The statements that write a change. They run in this order, in one transaction: see `runChange`. */
export function commitStatements(change: Change): Statement[] {
  const { insert = {}, update = {}, requires = [], asOf = [], voidTasks = [] } = change;
  return [
    ...requires.map(hasCredentials),
    ...asOf.map(isAsOf),
    ...voidTasks.map(voidOpen),
    ...(insert.receipts ?? []).map(deleteExpired),
    ...(insert.claims ?? []).filter(({ blocking }) => blocking).map(wantClaim),
    ...writeOrder.flatMap((name) => [
      ...(insert[name] ?? []).map((row) => insertRow(name, row)),
      ...updatesOf(update, name).map((row) => updateRow(name, row)),
    ]),
  ];
}

function hasCredentials({ userId, credentialGeneration }: Credentials): Statement {
  return {
    text: "select 1 from users where id = ? and credential_generation = ?",
    values: [userId, credentialGeneration],
    otherwise: "credentials_changed",
  };
}

/** Whether a booking that the change mentions still has the version that was read. */
function isAsOf({ bookingId, version }: AsOf): Statement {
  return {
    text: "select 1 from bookings where id = ? and version = ?",
    values: [bookingId, version],
    otherwise: "stale",
  };
}

function voidOpen({ kind, subjectId, keepDueAt, reason, at }: VoidTasks): Statement {
  return {
    text: `update tasks set state = 'voided', reason = ?, attempt_at = null, updated_at = ?
       where subject_id = ? and kind = ? and state in ('scheduled', 'leased', 'failed')
         and due_at not in (select value from json_each(?))`,
    values: [reason, at.getTime(), subjectId, kind, JSON.stringify(keepDueAt.map((time) => time.getTime()))],
  };
}

/**
 * Has the guard look at a new claim before its booking is written: a refusal then has nothing to take back, and nothing
 * to sync. The claim is guarded again when it is written.
 */
function wantClaim({ resourceId, organizationId, startTime, endTime, quantity }: Claim): Statement {
  return {
    text: "insert into wanted_claims values (?, ?, ?, ?, ?)",
    values: [resourceId, organizationId, startTime.getTime(), endTime.getTime(), quantity],
  };
}

/** An expired receipt that is not yet purged makes way for the new one with its key. */
function deleteExpired({ callerId, key, createdAt }: Receipt): Statement {
  return {
    text: "delete from receipts where caller_id = ? and key = ? and created_at <= ?",
    values: [callerId, key, receiptsExpiredBy(createdAt).getTime()],
  };
}
