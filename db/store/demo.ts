import { and, eq, exists, inArray } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Engine } from "../engines/engine.ts";

/** Short enough that nobody waits long for it, and that the log's readers keep up. */
const batch = 5_000;

type Rows = PgTable & { id: PgColumn; organizationId: PgColumn };

/**
 * Deletes some rows of a demo organization, referring rows first and the organization last; returns how many. Deletes
 * nothing of any other organization.
 */
export function removeDemo({ db, tables }: Engine): (organizationId: string) => Promise<number> {
  const { organizations, receipts, users, resources, bookings, claims, events, refusals } = tables;
  const inOrder = [claims, tables.tasks, tables.links, events, refusals, bookings];
  const last = [tables.sessions, tables.apiKeys, resources, users];
  return async (organizationId) => {
    const thisOne = and(eq(organizations.id, organizationId), eq(organizations.demo, true));
    const demo = exists(db.select({ id: organizations.id }).from(organizations).where(thisOne));
    const some = async (table: Rows): Promise<number> => {
      const ids = db
        .select({ id: table.id })
        .from(table)
        .where(and(eq(table.organizationId, organizationId), demo))
        .limit(batch);
      return (await db.delete(table).where(inArray(table.id, ids)).returning({ id: table.id })).length;
    };
    await db.delete(receipts).where(and(eq(receipts.organizationId, organizationId), demo));
    for (const table of [...inOrder, ...last]) {
      const removed = await some(table as unknown as Rows);
      if (removed > 0) return removed;
    }
    const gone = await db.delete(organizations).where(thisOne).returning({ id: organizations.id });
    return gone.length;
  };
}
