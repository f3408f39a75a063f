import { and, asc, eq, gt, like, or } from "drizzle-orm";
import { erased } from "../../src/domain/erasure.ts";
import type { Erasure } from "../../src/ports/erasure.ts";
import type { Engine } from "../engines/engine.ts";

const batch = 200;

export function erasureQueries({ db, tables, contains, rewrite }: Engine): Erasure {
  const { bookings, events, receipts, refusals } = tables;

  type Redact = Parameters<Erasure["redact"]>[2];

  /** A booking that changes meanwhile is read and redacted again. */
  const redactBooking = async (id: string, redact: Redact["booking"]): Promise<void> => {
    const [booking] = await db.select().from(bookings).where(eq(bookings.id, id));
    if (!booking) return;
    const { title, description, location, attendees, metadata, cancellationReason } = redact(booking);
    const written = await db
      .update(bookings)
      .set({ title, description, location, attendees, metadata, cancellationReason })
      .where(and(eq(bookings.id, id), eq(bookings.version, booking.version)))
      .returning({ id: bookings.id });
    if (written.length === 0) await redactBooking(id, redact);
  };

  return {
    redact: async (organizationId, { id, calendarId, email }, redact) => {
      const homeBooking = eq(bookings.organizationId, organizationId);
      const concerned = or(eq(bookings.ownerId, id), contains(bookings.attendees, email));
      for (let last: string | undefined; ; ) {
        const after = last ? gt(bookings.id, last) : undefined;
        const found = await db
          .select({ id: bookings.id })
          .from(bookings)
          .where(and(homeBooking, concerned, after))
          .orderBy(asc(bookings.id))
          .limit(batch);
        if (found.length === 0) break;
        for (const booking of found) await redactBooking(booking.id, redact.booking);
        last = found.at(-1)?.id;
      }

      const about = or(
        eq(events.ownerId, id),
        eq(events.subjectId, id),
        eq(events.subjectId, calendarId),
        contains(events.data, email),
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
