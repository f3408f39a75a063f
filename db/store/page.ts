import { and, asc, count, desc, getTableName, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgSelect, PgTable } from "drizzle-orm/pg-core";
import type { Page, PageRequest } from "../../src/ports/page.ts";
import type { Database } from "../engines/engine.ts";

/**
 * The most rows that a page looks at for conditions that no index serves: texts, and the few filters that would make a
 * request as expensive as the whole table. Rare matches are found page after page.
 */
export const maxLookedAt = 10_000;

/** For each character of a row, a text costs as much as it is long: a long one is looked for in fewer rows. */
export function rowsToSearch(q: string | undefined, max: number): number {
  const cheapLength = 32;
  return Math.ceil(max * Math.min(1, cheapLength / (q?.length ?? 1)));
}

export type Position = { value: Date | number; id: string };

type Bound = [column: PgColumn, value: unknown];

/** After a row in this order. As one comparison of rows, it is where a scan of the index begins, however far that is. */
export function beyond(sort: string, [column, value]: Bound, [id, idValue]: Bound): SQL {
  const further = sql.raw(sort.startsWith("-") ? "<" : ">");
  return sql`(${column}, ${id}) ${further} (${value}, ${idValue})`;
}

/** Up to a row in this order, itself included. */
export function notBeyond(sort: string, [column, value]: Bound, [id, idValue]: Bound): SQL {
  const nearer = sql.raw(sort.startsWith("-") ? ">=" : "<=");
  return sql`(${column}, ${id}) ${nearer} (${value}, ${idValue})`;
}

/**
 * A page of a walk. `read` returns one row more than the limit, if there are enough; it looks at `maxLookedAt` rows,
 * or at all up to a position. `lastLookedAt` is the position of the last of that many rows, if there are that many.
 */
export async function boundedPage<T>(
  limit: number,
  read: (upTo?: Position) => Promise<T[]>,
  lastLookedAt: () => Promise<Position | undefined>,
): Promise<Page<T>> {
  const first = await read();
  if (first.length > limit) return { rows: first.slice(0, limit), hasMore: true };
  const lookedTo = await lastLookedAt();
  if (!lookedTo) return { rows: first, hasMore: false };
  // Rows may have come since: the page has exactly those up to where the next one begins.
  const rows = await read(lookedTo);
  if (rows.length > limit) return { rows: rows.slice(0, limit), hasMore: true };
  return { rows, hasMore: true, lookedTo };
}

type Table = PgTable & { id: PgColumn };

/**
 * An index serves `walk`. By cursor, `rest` and `search` are checked on a bounded number of the rows that the walk
 * finds. A numbered page counts, so it reads everything: only `search`, a text, stays bounded there.
 */
type Conditions = {
  walk: SQL | undefined;
  rest?: SQL | undefined;
  search?: SQL | undefined;
  maxLookedAt?: number;
};

/**
 * One page of a table, in the order of a sort column and then the id, so that equal values don't repeat or vanish.
 * A leading `-` in the sort turns it round.
 */
export async function pageOf<T>(
  db: Database,
  table: Table,
  request: PageRequest<string>,
  sortColumn: PgColumn,
  conditions: Conditions,
): Promise<Page<T>> {
  const { sort, after, limit, page } = request;
  const most = conditions.maxLookedAt ?? maxLookedAt;
  const isNumbered = page !== undefined;
  const walk = isNumbered ? and(conditions.walk, conditions.rest) : conditions.walk;
  const sought = isNumbered ? conditions.search : and(conditions.rest, conditions.search);
  const { inOrder, bound } = ordering(sort, sortColumn, table.id);
  const start = after ? beyond(sort, ...bound(after)) : undefined;
  const select = (where: SQL | undefined, from: Table = table) =>
    db
      .select()
      .from(from)
      .where(where)
      .orderBy(...inOrder)
      .$dynamic() as unknown as PgSelect;
  // With the table's name, conditions on it apply to these rows.
  const lookedAt = (where: SQL | undefined, rows: number) =>
    select(where).limit(rows).as(getTableName(table)) as unknown as Table;
  const matching = (rows: number, upTo?: Position) => {
    // The narrowest bounds first: an engine takes the first of several as the end of its range, and filters by the rest.
    const where = and(start, upTo ? notBeyond(sort, ...bound(upTo)) : undefined, walk);
    return sought ? select(sought, lookedAt(where, rows)) : select(where);
  };
  if (isNumbered) {
    const rows = (await matching(most)
      .limit(limit + 1)
      .offset((page - 1) * limit)) as T[];
    const [counted] = await db
      .select({ total: count() })
      .from(sought ? lookedAt(walk, most) : table)
      .where(sought ?? walk);
    return { rows: rows.slice(0, limit), hasMore: rows.length > limit, total: counted?.total ?? 0 };
  }
  const read = async (upTo?: Position) =>
    (await matching(upTo ? 2 * most : most, upTo).limit(limit + 1)) as T[];
  return boundedPage(limit, read, async () => {
    if (!sought) return undefined;
    const position = db.select({ value: sortColumn, id: table.id }).from(table).where(and(start, walk));
    const [last] = await position
      .orderBy(...inOrder)
      .limit(1)
      .offset(most - 1);
    return last as Position | undefined;
  });
}

export function ordering(sort: string, sortColumn: PgColumn, idColumn: PgColumn) {
  const order = sort.startsWith("-") ? desc : asc;
  return {
    inOrder: [order(sortColumn), order(idColumn)],
    bound: ({ value, id }: Position): [Bound, Bound] => [
      [sortColumn, sql.param(value, sortColumn)],
      [idColumn, sql.param(id, idColumn)],
    ],
  };
}
