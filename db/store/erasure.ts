import { and, asc, eq, gt, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Event } from "../../src/domain/event.ts";
import { erased } from "../../src/domain/people/erasure.ts";
import type { Erasure } from "../../src/ports/erasure.ts";
import type { Engine } from "../engines/engine.ts";

/** Rows read and written at a time: few enough that no statement is long and the event loop never stalls. */
const batch = 50;
/** An attempt fails only when another erasure has rewritten one of the rows meanwhile. */
const maxAttempts = 20;

export function erasureQueries(engine: Engine): Erasure {
  const { db, tables, run, rewrite, receiptsAbout, field } = engine;
  const { mentions, events, receipts, refusals } = tables;

  /**
   * Rewrites the rows that differ; a person's log may be long, and most of it redacted by an earlier attempt. False if
   * another erasure intervened: then its result is read again.
   */
  const rewriteSome = async (found: Event[], redact: (event: Event) => Event["data"]): Promise<boolean> => {
    const changed = found
      .map((event) => ({ id: event.id, was: event.data, data: redact(event) }))
      .filter(({ was, data }) => JSON.stringify(data) !== JSON.stringify(was));
    return changed.length === 0 || (await rewrite("events", changed)) === changed.length;
  };
  /** Batch by batch; `read` gives what comes after an event. */
  const rewriteAll = async (
    read: (last?: Event) => Promise<Event[]>,
    redact: (event: Event) => Event["data"],
  ) => {
    let attempts = 0;
    for (let last: Event | undefined; ; ) {
      const found = await read(last);
      if (found.length === 0) return;
      const isDone = await rewriteSome(found, redact);
      if (!isDone && ++attempts === maxAttempts)
        throw new Error("Others rewrite the same events all the time.");
      if (isDone) {
        last = found.at(-1);
        attempts = 0;
      }
    }
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
      const next = (last?: Event) =>
        eventsWhere(and(about, gt(events.version, last?.version ?? 0)), events.version);
      const nextUnversioned = (last?: Event) =>
        eventsWhere(and(about, isNull(events.version), last ? gt(events.id, last.id) : undefined), events.id);
      await rewriteAll(next, redact);
      await rewriteAll(nextUnversioned, redact);
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
          found.map((row) => ({ id: row.id, was: row.data, data: { ...row.data, ip: erased } })),
        );
      }
    },
  };
}
