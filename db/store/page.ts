import { and, asc, count, desc, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgSelect, PgTable } from "drizzle-orm/pg-core";
import type { Page, PageRequest } from "../../src/ports/store.ts";
import type { Database } from "../engines/engine.ts";

type Bound = [column: PgColumn, value: unknown];

/** After a row in this order. As one comparison of rows, it is where a scan of the index begins, however far that is. */
export function beyond(sort: string, [column, value]: Bound, [id, idValue]: Bound): SQL {
  const further = sql.raw(sort.startsWith("-") ? "<" : ">");
  return sql`(${column}, ${id}) ${further} (${value}, ${idValue})`;
}

/**
 * One page of a table, in the order of a sort column and then the id, so that equal values don't repeat or vanish.
 * A leading `-` in the sort turns it round.
 */
export async function pageOf<T>(
  db: Database,
  table: PgTable & { id: PgColumn },
  request: PageRequest<string>,
  sortColumn: PgColumn,
  where: SQL | undefined,
): Promise<Page<T>> {
  const down = request.sort.startsWith("-");
  const order = down ? desc : asc;
  const { after, limit, page } = request;
  const start = after
    ? beyond(request.sort, [sortColumn, sql.param(after.value, sortColumn)], [table.id, after.id])
    : undefined;
  const query = db.select().from(table).where(and(where, start)).$dynamic() as unknown as PgSelect;
  const rows = (await query
    .orderBy(order(sortColumn), order(table.id))
    .limit(limit + 1)
    .offset(page ? (page - 1) * limit : 0)) as T[];
  const found: Page<T> = { rows: rows.slice(0, limit), hasMore: rows.length > limit };
  if (page === undefined) return found;
  const [counted] = await db.select({ total: count() }).from(table).where(where);
  return { ...found, total: counted?.total ?? 0 };
}
