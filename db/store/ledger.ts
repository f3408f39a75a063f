import { and, asc, count, eq, isNotNull, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { Delivery } from "../../src/domain/deliveries/delivery.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import type { Engine } from "../engines/engine.ts";
import type { Tables } from "../tables.ts";

/** The ledger of one table of deliveries; it works the same for all of them. */
export function ledgerQueries<T extends Delivery>(
  { db, among, takeRows }: Engine,
  table: Tables["reminders"] | Tables["mails"],
): Ledger<T> {
  // Any ledger's table: of its columns only the common ones are used here.
  const rows = table as Tables["reminders"];
  const dueBy = (now: Date) => lte(rows.attemptAt, now);

  const claim = async (where: SQL | undefined, now: Date, until: Date): Promise<T[]> => {
    const claimed = await db
      .update(rows)
      .set({ status: "sending", attempts: sql`${rows.attempts} + 1`, attemptAt: until, updatedAt: now })
      .where(where)
      .returning();
    return claimed as unknown as T[];
  };
  /** Rows picked by a query and not locked by others, so that workers never wait for one another. */
  const taken = (where: SQL | undefined, limit: number) =>
    sql`${rows.id} in (${db.select({ id: rows.id }).from(rows).where(where).orderBy(asc(rows.attemptAt)).limit(limit)} ${takeRows})`;

  return {
    claim: (ids, { now, until, retry = false }) => {
      const open = retry ? or(dueBy(now), eq(rows.status, "failed")) : dueBy(now);
      return claim(taken(and(among(rows.id, ids), open), ids.length), now, until);
    },
    claimDue: (limit, { now, until }) => claim(taken(dueBy(now), limit), now, until),
    conclude: async ({ id, attempts, status, reason, attemptAt, sentAt, updatedAt }) => {
      await db
        .update(rows)
        .set({ status, reason, attemptAt, sentAt, updatedAt })
        .where(and(eq(rows.id, id), eq(rows.attempts, attempts), eq(rows.status, "sending")));
    },
    toQueue: async ({ until, overdue, toldBefore }, limit) => {
      const untold = and(isNull(rows.queuedAt), lte(rows.attemptAt, until), eq(rows.status, "scheduled"));
      const lost = and(
        lte(rows.attemptAt, overdue),
        or(isNull(rows.queuedAt), lte(rows.queuedAt, toldBefore)),
      );
      // Neither reaches further. Postgres reads the index of open rows only up to one bound for both.
      const latest = new Date(Math.max(until.getTime(), overdue.getTime()));
      const found = await db
        .select()
        .from(rows)
        .where(and(lte(rows.attemptAt, latest), or(untold, lost)))
        .orderBy(asc(rows.attemptAt))
        .limit(limit);
      return found as unknown as T[];
    },
    markQueued: async (ids, at) => {
      await db
        .update(rows)
        .set({ queuedAt: at })
        .where(taken(among(rows.id, ids), ids.length));
    },
    forgetQueued: async () => {
      await db
        .update(rows)
        .set({ queuedAt: null })
        .where(and(isNotNull(rows.attemptAt), isNotNull(rows.queuedAt)));
    },
    nextAttemptAt: async () => {
      const [next] = await db
        .select({ at: rows.attemptAt })
        .from(rows)
        .where(isNotNull(rows.attemptAt))
        .orderBy(asc(rows.attemptAt))
        .limit(1);
      return next?.at ?? null;
    },
    retryFailed: async (now, ids) => {
      const which = and(eq(rows.status, "failed"), ids ? among(rows.id, ids) : undefined);
      const retried = await db
        .update(rows)
        .set({ status: "scheduled", attemptAt: now, queuedAt: null, updatedAt: now })
        .where(which)
        .returning({ id: rows.id });
      return retried.length;
    },
    counts: async (now) => {
      const number = async (where: SQL | undefined) =>
        (await db.select({ n: count() }).from(rows).where(where))[0]?.n ?? 0;
      const open = isNotNull(rows.attemptAt);
      const [waiting, active, all, failed, sent] = await Promise.all([
        number(and(dueBy(now), eq(rows.status, "scheduled"))),
        number(and(open, eq(rows.status, "sending"))),
        number(open),
        number(eq(rows.status, "failed")),
        number(isNotNull(rows.sentAt)),
      ]);
      return { waiting, active, delayed: all - waiting - active, failed, sent };
    },
    listFailed: async (limit) => {
      const found = await db
        .select()
        .from(rows)
        .where(eq(rows.status, "failed"))
        .orderBy(asc(rows.dueAt))
        .limit(limit);
      return found as unknown as T[];
    },
  };
}
