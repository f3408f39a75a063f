import { and, asc, count, desc, eq, gt, lt, or, type SQL } from "drizzle-orm";
import type { PgColumn, PgSelect, PgTable } from "drizzle-orm/pg-core";
import type { Page, PageRequest } from "../../src/ports/store.ts";
import type { Database } from "../engines/engine.ts";

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
  const beyond = down ? lt : gt;
  const { after, limit, page } = request;
  const start = after
    ? or(beyond(sortColumn, after.value), and(eq(sortColumn, after.value), beyond(table.id, after.id)))
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
