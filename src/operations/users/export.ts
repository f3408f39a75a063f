import { type Actor, isAdmin, isKey } from "../../domain/actor.ts";
import type { Booking } from "../../domain/booking.ts";
import { notFound } from "../../domain/refusal.ts";
import type { Reminder } from "../../domain/reminder.ts";
import type { Resource } from "../../domain/resource.ts";
import type { Session } from "../../domain/session.ts";
import type { User } from "../../domain/user.ts";
import type { AuditEntry } from "../../ports/audit.ts";
import type { Page, PageRequest } from "../../ports/store.ts";
import type { Context } from "../context.ts";

export type PersonalData = {
  user: User;
  calendar: Resource | null;
  bookings: (Booking & { planned: Reminder[] })[];
  sessions: Session[];
  /** What they did, as the audit tells it. */
  activity: AuditEntry[];
};

/** Everything that is kept of a person: for themselves and for admins. */
export async function exportPerson({ store }: Context, actor: Actor, id: string): Promise<PersonalData> {
  const mine = actor.userId === id || (isAdmin(actor) && !isKey(actor));
  const user = mine ? await store.users.byId(actor.organizationId, id) : null;
  if (!user) throw notFound();
  const home = user.organizationId;
  const own = await all<Booking, "startTime">(
    "startTime",
    (b) => b.startTime,
    (page) => store.bookings.list(home, { ownerId: id }, page),
  );
  const bookings: PersonalData["bookings"] = [];
  for (const booking of own) {
    const { rows: planned } = await store.reminders.ofBooking(home, booking.id, {
      limit: 100,
      sort: "dueAt",
    });
    bookings.push({ ...booking, planned });
  }
  return {
    user,
    calendar: await store.resources.byId(home, user.calendarId),
    bookings,
    sessions: await store.sessions.openOf(id),
    activity: await all<AuditEntry, "-time">(
      "-time",
      (e) => e.time,
      (page) => store.audit.list(home, { actorId: id }, page),
    ),
  };
}

async function all<T extends { id: string }, S extends string>(
  sort: S,
  timeOf: (row: T) => Date,
  read: (page: PageRequest<S>) => Promise<Page<T>>,
): Promise<T[]> {
  const rows: T[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last && { value: timeOf(last), id: last.id };
    const page = await read({ limit: 500, sort, after });
    rows.push(...page.rows);
    if (!page.hasMore) return rows;
  }
}
