import { and, asc, eq, gt, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Event } from "../../src/domain/event.ts";
import { erased } from "../../src/domain/people/erasure.ts";
import type { Erasure } from "../../src/ports/erasure.ts";
import type { Engine } from "../engines/engine.ts";

/** Rows read and written at a time: few enough that no statement is long and the event loop never stalls. */
const batch = 50;

export function erasureQueries(engine: Engine): Erasure {
  const { db, tables, run, rewrite, receiptsAbout, field } = engine;
  const { mentions, events, receipts, refusals } = tables;

  const eventsWhere = (where: SQL | undefined, order: typeof events.id | typeof events.version) =>
    run(() => db.select().from(events).where(where).orderBy(asc(order)).limit(batch)) as Promise<Event[]>;

  return {
    mentionsOf: async (organizationId, address, limit) => {
      const found = await run(() =>
        db
          .select({ bookingId: mentions.bookingId })
          .from(mentions)
          .where(and(eq(mentions.organizationId, organizationId), eq(mentions.address, address)))
          .limit(limit),
      );
      return found.map(({ bookingId }) => bookingId);
    },
    forgetMention: async (organizationId, address, bookingId) => {
      // By the key, whatever is known of the table: a condition in this form leads to no index.
      const home = sql`(${mentions.organizationId} = ${organizationId}) is true`;
      const one = and(eq(mentions.bookingId, bookingId), eq(mentions.address, address), home);
      await run(() => db.delete(mentions).where(one));
    },
    eventsAbout: async (organizationId, subjectId, last) => {
      const about = and(eq(events.organizationId, organizationId), eq(events.subjectId, subjectId));
      // The index is by subject and version. Events without a version are few, and come last, by their ids.
      if (!last || last.version !== null) {
        const next = await eventsWhere(and(about, gt(events.version, last?.version ?? 0)), events.version);
        if (next.length > 0) return next;
      }
      const from = last?.version === null ? gt(events.id, last.id) : undefined;
      return eventsWhere(and(about, isNull(events.version), from), events.id);
    },
    rewriteEvents: (rewritten) => rewrite("events", rewritten),
    forgetReceiptsAbout: async (organizationId, ids) => {
      const home = eq(receipts.organizationId, organizationId);
      await run(() => db.delete(receipts).where(and(home, receiptsAbout(ids))));
    },
    forgetRequestsOf: async (userId) => {
      for (;;) {
        const some = sql`${receipts.key} in (${db.select({ key: receipts.key }).from(receipts).where(eq(receipts.callerId, userId)).limit(batch)})`;
        const gone = await run(() =>
          db
            .delete(receipts)
            .where(and(eq(receipts.callerId, userId), some))
            .returning({ key: receipts.key }),
        );
        if (gone.length === 0) break;
      }
      for (;;) {
        const shown = and(eq(refusals.actorId, userId), ne(field(refusals.data, "ip"), erased));
        const found = await run(() => db.select().from(refusals).where(shown).limit(batch));
        if (found.length === 0) break;
        await rewrite(
          "refusals",
          found.map((row) => ({ id: row.id, was: row.data, data: { ...row.data, ip: erased } })),
        );
      }
    },
  };
}
