import { SQLiteError, type Database as Sqlite } from "bun:sqlite";
import {
  type AsOf,
  type Change,
  type Credentials,
  type TableName,
  updatesOf,
  type VoidTasks,
} from "../../../src/domain/change.ts";
import { type Receipt, receiptsExpiredBy } from "../../../src/domain/receipt.ts";
import type { CommitOutcome } from "../../../src/ports/store.ts";
import { guardBehind } from "../../guards.ts";
import { tablesWith } from "../../table-list.ts";
import type { Tables } from "../../tables.ts";
import { isBusy, pause } from "./patience.ts";
import { insertRow, updateRow } from "./rows.ts";

const written = tablesWith({ rowsFrom: "change" });
/** Claims first: their guard refuses a loser before it has written anything, so there is nothing to take back or sync. */
const writeOrder: TableName[] = ["claims", ...written.filter((name) => name !== "claims")];

/** A change, and until when (in milliseconds of `performance.now()`) to try. */
export type Asked = { change: Change; until: number };

/** Tries until the file is free. Waiting commits whose time is over get the reason; the others keep waiting. */
export async function commitPatiently(
  client: Sqlite,
  asked: Asked[],
  tables: Tables,
): Promise<(CommitOutcome | Error)[]> {
  const outcomes = new Map<Asked, CommitOutcome | Error>();
  let open = asked;
  for (let attempt = 1; open.length > 0; attempt++) {
    try {
      const found = commitTogether(
        client,
        open.map(({ change }) => change),
        tables,
      );
      for (const [n, each] of open.entries()) outcomes.set(each, found[n] as CommitOutcome | Error);
      break;
    } catch (error) {
      const now = performance.now();
      const isOver = ({ until }: Asked) => !isBusy(error) || now >= until;
      for (const each of open.filter(isOver)) outcomes.set(each, error as Error);
      open = open.filter((each) => !isOver(each));
    }
    if (open.length > 0) await pause(attempt);
  }
  return asked.map((each) => outcomes.get(each) as CommitOutcome | Error);
}

/**
 * Commits everything that was requested in one turn of the event loop, with one sync of the disk. Each change is atomic
 * by itself: if a guard refuses one, only that one is rolled back. Nobody gets an answer before all of it is on disk.
 */
function commitTogether(client: Sqlite, changes: Change[], tables: Tables): (CommitOutcome | Error)[] {
  client.run("begin immediate");
  try {
    const outcomes = changes.map((change) => {
      client.run("savepoint one");
      const outcome = write(client, change, tables);
      if (outcome !== "committed") client.run("rollback to one");
      client.run("release one");
      return outcome;
    });
    client.run("commit");
    return outcomes;
  } catch (error) {
    if (client.inTransaction) client.run("rollback");
    throw error;
  }
}

function write(client: Sqlite, change: Change, tables: Tables): CommitOutcome | Error {
  try {
    if (change.requires?.some((required) => !hasCredentials(client, required))) return "credentials_changed";
    if (!isAsOf(client, change.asOf ?? [])) return "stale";
    for (const voided of change.voidTasks ?? []) voidTasks(client, voided);
    const { insert = {}, update = {} } = change;
    for (const receipt of insert.receipts ?? []) deleteExpired(client, receipt);
    for (const name of writeOrder) {
      for (const row of insert[name] ?? []) insertRow(client, tables, name, row);
      for (const row of updatesOf(update, name)) updateRow(client, tables, name, row);
    }
    return "committed";
  } catch (error) {
    const outcome = error instanceof SQLiteError ? guardBehind(error.message) : null;
    // A disk fault has ended the whole transaction: nobody's change was made.
    if (!outcome && !client.inTransaction) throw error;
    return outcome ?? (error as Error);
  }
}

/** An expired receipt that is not yet purged makes way for the new one with its key. */
function deleteExpired(client: Sqlite, { callerId, key, createdAt }: Receipt): void {
  client
    .query("delete from receipts where caller_id = ? and key = ? and created_at <= ?")
    .run(callerId, key, receiptsExpiredBy(createdAt).getTime());
}

/** Whether the bookings that a change mentions still have the versions that it has read. */
function isAsOf(client: Sqlite, read: AsOf[]): boolean {
  const latest = client.query("select 1 from bookings where id = ? and version = ?");
  return read.every(({ bookingId, version }) => latest.get(bookingId, version) !== null);
}

function hasCredentials(client: Sqlite, { userId, credentialGeneration }: Credentials): boolean {
  const found = client
    .query("select 1 from users where id = ? and credential_generation = ?")
    .get(userId, credentialGeneration);
  return found !== null;
}

function voidTasks(client: Sqlite, { kind, subjectId, keepDueAt, reason, at }: VoidTasks): void {
  client
    .query(
      `update tasks set state = 'voided', reason = ?, attempt_at = null, updated_at = ?
       where subject_id = ? and kind = ? and state in ('scheduled', 'leased', 'failed')
         and due_at not in (select value from json_each(?))`,
    )
    .run(reason, at.getTime(), subjectId, kind, JSON.stringify(keepDueAt.map((time) => time.getTime())));
}
