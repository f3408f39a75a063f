import { and, asc, eq, gt, like, ne, or, type SQL } from "drizzle-orm";
import { erased } from "../../src/domain/erasure.ts";
import type { Erasure } from "../../src/ports/erasure.ts";
import type { Engine } from "../engines/engine.ts";

const batch = 200;

export function erasureQueries({ db, tables, mentions, rewrite }: Engine): Erasure {
  const { bookings, events, receipts, refusals } = tables;

  /** Redacts what is found until nothing is; a booking that changes meanwhile is found again. */
  const redactBookings = async (
    where: SQL | undefined,
    redact: Parameters<Erasure["redact"]>[2]["booking"],
  ) => {
    for (;;) {
      const found = await db.select().from(bookings).where(where).limit(batch);
      for (const booking of found) {
        const { title, description, location, attendees, metadata, cancellationReason } = redact(booking);
        await db
          .update(bookings)
          .set({ title, description, location, attendees, metadata, cancellationReason })
          .where(and(eq(bookings.id, booking.id), eq(bookings.version, booking.version)));
      }
      if (found.length === 0) return;
    }
  };

  return {
    redact: async (organizationId, { id, calendarId, email }, redact) => {
      const own = and(eq(bookings.ownerId, id), ne(bookings.title, erased));
      await redactBookings(own, redact.booking);
      const invited = and(eq(bookings.organizationId, organizationId), mentions(bookings.attendees, email));
      await redactBookings(invited, redact.booking);

      const about = or(
        eq(events.ownerId, id),
        eq(events.subjectId, id),
        eq(events.subjectId, calendarId),
        mentions(events.data, email),
      );
      const home = eq(events.organizationId, organizationId);
      for (let last: string | undefined; ; ) {
        const after = last ? gt(events.id, last) : undefined;
        const found = await db
          .select()
          .from(events)
          .where(and(home, about, after))
          .orderBy(asc(events.id))
          .limit(batch);
        if (found.length === 0) break;
        await rewrite(
          "events",
          found.map((event) => ({ id: event.id, data: redact.event(event) })),
        );
        last = found.at(-1)?.id;
      }

      const refused = await db.select().from(refusals).where(eq(refusals.actorId, id));
      await rewrite(
        "refusals",
        refused.map((row) => ({ id: row.id, data: { ...row.data, ip: erased } })),
      );
      await db.delete(receipts).where(or(eq(receipts.callerId, id), like(receipts.body, `%${id}%`)));
    },
  };
}
