import type { Event } from "./event.ts";
import type { Receipt } from "./receipt.ts";

/**
 * The rows that a change may write, by table. `events` and `receipts` are only ever inserted. Each subject adds its own
 * tables (declaration merging), so that this file knows none of them.
 */
export interface Rows {
  events: Event;
  receipts: Receipt;
}

export type TableName = keyof Rows;

/**
 * Everything that one decision writes, as a value. A store commits all of it or nothing.
 * An updated row is written whole. The event in the same change guards it against a concurrent one: by the version of
 * the row's subject, or by its own id where that can happen only once.
 */
export type Change = {
  insert?: { [T in TableName]?: Rows[T][] };
  update?: { [T in Exclude<TableName, "events" | "receipts" | "organizations">]?: Rows[T][] };
  voidTasks?: VoidTasks[];
  requires?: Credentials[];
  asOf?: AsOf[];
};

/**
 * The users whose credentials a decision depends on. If their password, role or status has changed since it was read,
 * the commit is refused.
 */
export type Credentials = { userId: string; credentialGeneration: number };

/**
 * A booking that the change mentions without writing it, with its version: the commit is stale if the booking has
 * another version by then.
 */
export type AsOf = { bookingId: string; version: number };

/**
 * Voids the open tasks of a kind and a subject, as they are at the commit and not as somebody read them: a worker may
 * lease one meanwhile. One that it has leased may still be done, and is then recorded as done. Those that are due at a
 * time in `keepDueAt` stay as they are.
 */
export type VoidTasks = { kind: string; subjectId: string; keepDueAt: Date[]; reason: string; at: Date };

/** Whether there is nothing to write. `asOf` and `requires` write nothing by themselves. */
export function isEmpty({ insert = {}, update = {}, voidTasks = [] }: Change): boolean {
  return [...Object.values(insert), ...Object.values(update), voidTasks].every((rows) => rows.length === 0);
}

/** One change that does everything that several do; the rows of a table keep their order. */
export function mergeChanges(...changes: (Change | null)[]): Change {
  const all = changes.filter((change) => change !== null);
  const merged: Record<string, object> = {};
  for (const verb of ["insert", "update"] as const) {
    const rows = mergeRows(all.map((change) => change[verb] ?? {}));
    if (Object.keys(rows).length > 0) merged[verb] = rows;
  }
  for (const name of ["voidTasks", "requires", "asOf"] as const) {
    const list = all.flatMap<object>((change) => change[name] ?? []);
    if (list.length > 0) merged[name] = list;
  }
  return merged as Change;
}

function mergeRows(parts: Record<string, object[]>[]): Record<string, object[]> {
  const merged: Record<string, object[]> = {};
  for (const part of parts) {
    for (const [table, rows] of Object.entries(part)) {
      const all = merged[table] ?? [];
      merged[table] = all;
      for (const row of rows) all.push(row);
    }
  }
  return merged;
}

/** The rows that a change updates in a table; none where rows are only ever inserted. */
export function updatesOf<T extends TableName>(
  update: NonNullable<Change["update"]>,
  table: T,
): (Rows[T] & { id: string })[] {
  return ((update as Record<string, unknown[]>)[table] as never) ?? [];
}
