import { type Actor, isAdmin } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { ownBooking, ownDeed } from "../../domain/people/personal-data.ts";
import type { Session } from "../../domain/people/session.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { notFound } from "../../domain/refusal.ts";
import { type Reminder, reminderKinds } from "../../domain/reminders/reminder.ts";
import type { Resource } from "../../domain/resources/resource.ts";
import type { AuditEntry } from "../../ports/audit.ts";
import type { Context } from "../context.ts";
import { walkPages } from "../walk-pages.ts";

/** The lists are read as they are consumed, one page at a time: they may be larger than the memory. */
export type PersonalData = {
  user: User;
  calendar: Resource | null;
  /** `planned`: the reminders that are to come or went out. */
  bookings: AsyncIterable<(Booking & { planned: Reminder[] })[]>;
  sessions: AsyncIterable<Session[]>;
  /** What they did, as the audit shows it. */
  activity: AsyncIterable<AuditEntry[]>;
};

const pageSize = 200;

/** Export everything stored about a person, without what is other people's: for themselves and for admins. */
export async function exportPerson(context: Context, actor: Actor, id: string): Promise<PersonalData> {
  authorize(actor, "exportUser");
  const { store } = context;
  const mine = actor.userId === id || isAdmin(actor);
  const user = mine ? await store.users.byId(actor.organizationId, id) : null;
  if (!user) throw notFound();
  const home = user.organizationId;
  const bookings = walkPages(
    { limit: pageSize, sort: "startTime" },
    (page) => store.bookings.list(home, { ownerId: id }, page),
    (booking) => booking.startTime,
  );
  const activity = walkPages(
    { limit: pageSize, sort: "-time" },
    (page) => store.audit.list(home, { actorId: id }, page),
    (entry) => entry.time,
  );
  return {
    user,
    calendar: await store.resources.byId(home, user.calendarId),
    bookings: map(bookings, async (rows) => {
      const ids = rows.map((booking) => booking.id);
      const planned = Map.groupBy(
        await store.tasks.ofSubjects(home, { subjectIds: ids, kinds: reminderKinds }),
        (each) => each.subjectId,
      );
      return rows.map((row) => ({
        ...ownBooking(row, user),
        planned: (planned.get(row.id) ?? []) as Reminder[],
      }));
    }),
    sessions: walkPages(
      { limit: pageSize, sort: "createdAt" },
      (page) => store.sessions.ofUser(id, page),
      (session) => session.createdAt,
    ),
    activity: map(activity, async (rows) => rows.map((row) => ownDeed(row, user))),
  };
}

async function* map<T, U>(source: AsyncIterable<T>, change: (value: T) => Promise<U>): AsyncGenerator<U> {
  for await (const value of source) yield await change(value);
}
