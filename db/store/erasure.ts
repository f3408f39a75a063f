import { and, asc, eq, gt, isNull, ne, type SQL, sql } from "drizzle-orm";
import { erased } from "../../src/domain/erasure.ts";
import type { Event } from "../../src/domain/event.ts";
import type { Erasure } from "../../src/ports/erasure.ts";
import type { Engine } from "../engines/engine.ts";

/** Rows that are read and written at once: few enough that no statement is long and no event loop stands still. */
const batch = 50;

export function erasureQueries(engine: Engine): Erasure {
  const { db, tables, run, rewrite, receiptsAbout, field } = engine;
  const { mentions, events, receipts, refusals } = tables;

  /** Rewrites the rows that differ; the log of a person may be long, and most of it redacted by an earlier attempt. */
  const rewriteSome = async (found: Event[], redact: (event: Event) => Event["data"]): Promise<void> => {
    const changed = found
      .map((event) => ({ event, data: redact(event) }))
      .filter(({ event, data }) => JSON.stringify(data) !== JSON.stringify(event.data))
      .map(({ event, data }) => ({ id: event.id, data }));
    if (changed.length > 0) await rewrite("events", changed);
  };
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
      const home = eq(mentions.organizationId, organizationId);
      const one = and(home, eq(mentions.bookingId, bookingId), eq(mentions.address, address));
      await run(() => db.delete(mentions).where(one));
    },
    rewriteEvents: async (organizationId, subjectId, redact) => {
      const about = and(eq(events.organizationId, organizationId), eq(events.subjectId, subjectId));
      // The index is by subject and version. Events without a version are few, and go by their ids.
      for (let last = 0; ; ) {
        const found = await eventsWhere(and(about, gt(events.version, last)), events.version);
        if (found.length === 0) break;
        await rewriteSome(found, redact);
        last = found.at(-1)?.version ?? last;
      }
      for (let last: string | undefined; ; ) {
        const next = last ? gt(events.id, last) : undefined;
        const found = await eventsWhere(and(about, isNull(events.version), next), events.id);
        if (found.length === 0) break;
        await rewriteSome(found, redact);
        last = found.at(-1)?.id;
      }
    },
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
          found.map((row) => ({ id: row.id, data: { ...row.data, ip: erased } })),
        );
      }
    },
  };
}
