import { and, eq, exists, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Engine } from "../engines/engine.ts";
import { keyColumns, tablesWith } from "../table-list.ts";

/** Short enough that nobody waits long for it, and that the log's readers keep up. */
const batch = 5_000;

/** Referring rows first. */
const emptied = tablesWith({ ofOrganization: true }).reverse();

/**
 * Deletes some rows of a demo organization, and the organization last; returns how many. Deletes nothing of any other
 * organization.
 */
export function removeDemo({ db, tables }: Engine): (organizationId: string) => Promise<number> {
  const { organizations } = tables;
  return async (organizationId) => {
    const thisOne = and(eq(organizations.id, organizationId), eq(organizations.demo, true));
    const demo = exists(db.select({ id: organizations.id }).from(organizations).where(thisOne));
    const some = async (name: (typeof emptied)[number]): Promise<number> => {
      const table: PgTable & { organizationId: PgColumn } = tables[name];
      const key = sql.join(keyColumns(tables, name), sql`, `);
      const keys = db
        .select({ key: key as SQL<unknown> })
        .from(table)
        .where(and(eq(table.organizationId, organizationId), demo))
        .limit(batch);
      const gone = db.delete(table).where(sql`(${key}) in ${keys}`);
      return (await gone.returning({ organizationId: table.organizationId })).length;
    };
    for (const name of emptied) {
      const removed = await some(name);
      if (removed > 0) return removed;
    }
    const gone = await db.delete(organizations).where(thisOne).returning({ id: organizations.id });
    return gone.length;
  };
}
