import { and, asc, count, desc, eq, gte, isNotNull, lt, ne } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

export function reminderQueries({ db, tables, among }: Engine): Store["reminders"] {
  const { reminders, bookings, resources, users } = tables;
  return {
    ofBooking: (organizationId, bookingId, page) =>
      pageOf(db, reminders, page, reminders.dueAt, {
        walk: and(eq(reminders.organizationId, organizationId), eq(reminders.bookingId, bookingId)),
      }),
    ofBookings: (organizationId, bookingIds) =>
      db
        .select()
        .from(reminders)
        .where(
          and(
            eq(reminders.organizationId, organizationId),
            among(reminders.bookingId, bookingIds),
            ne(reminders.status, "voided"),
          ),
        )
        .orderBy(asc(reminders.dueAt), asc(reminders.id)),
    withBookings: (ids) =>
      db
        .select({
          id: reminders.id,
          status: reminders.status,
          booking: bookings,
          timezone: resources.timezone,
          owner: users,
        })
        .from(reminders)
        .innerJoin(bookings, eq(bookings.id, reminders.bookingId))
        .innerJoin(resources, eq(resources.id, bookings.resourceId))
        .innerJoin(users, eq(users.id, bookings.ownerId))
        .where(among(reminders.id, ids)),
    skipped: async () => {
      const [counted] = await db
        .select({ n: count() })
        .from(reminders)
        .where(eq(reminders.status, "skipped"));
      return counted?.n ?? 0;
    },
    overdue: async (before) => {
      const [counted] = await db
        .select({ n: count() })
        .from(reminders)
        .where(and(isNotNull(reminders.attemptAt), lt(reminders.attemptAt, before)));
      return counted?.n ?? 0;
    },
    lastSent: (limit, since) =>
      db
        .select({ dueAt: reminders.dueAt, sentAt: reminders.sentAt })
        .from(reminders)
        .where(and(isNotNull(reminders.sentAt), gte(reminders.sentAt, since)))
        .orderBy(desc(reminders.sentAt))
        .limit(limit) as Promise<{ dueAt: Date; sentAt: Date }[]>,
  };
}
