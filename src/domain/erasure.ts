import type { Booking } from "./booking.ts";
import type { Change } from "./change.ts";
import type { Event } from "./event.ts";
import { changeUser, type User } from "./user.ts";

/** Whose traces are redacted: their id, and what they were known by. */
export type Person = Pick<User, "id" | "calendarId" | "email" | "name" | "externalId">;

/** What stands where something personal stood. */
export const erased = "[erased]";

/** What a booking says in words of its owner's, and of people: all that is not when, where in time, and how much. */
const personalInBooking: Partial<Record<keyof Booking, unknown>> = {
  title: erased,
  description: null,
  location: null,
  attendees: [],
  metadata: {},
  cancellationReason: null,
};

const personalInUser: Partial<Record<keyof User, unknown>> = {
  email: erased,
  name: erased,
  externalId: null,
};

/** Closes an account for good. What it says of its person stays until every other trace is redacted: it is what finds them. */
export function closeAccount(user: User, actorId: string, eventId: string, now: Date): Change | null {
  const patch = { passwordHash: null, role: "user", status: "disabled", erasedAt: now } as const;
  const { change } = changeUser(user, { patch, actorId, eventId }, now);
  const events = change?.insert.events?.map((event) => ({ ...event, type: "user.erased" as const }));
  return change && events ? { ...change, insert: { events } } : null;
}

/** The row of a closed account when all else is redacted: its address is free again. */
export function forgetPerson(user: User, now: Date): User {
  return {
    ...user,
    email: `${user.id}@erased.invalid`,
    name: erased,
    externalId: null,
    emailVerifiedAt: null,
    redactedAt: now,
    updatedAt: now,
  };
}

/** A booking without what it says of a person: all of the owner's words, and the person among the attendees. */
export function redactBooking<T extends Pick<Booking, "ownerId" | "attendees">>(
  booking: T,
  person: Person,
): T {
  if (booking.ownerId === person.id) return withPersonal(booking, personalInBooking);
  return { ...booking, attendees: withoutAttendee(booking.attendees, person) };
}

/**
 * What an event tells, without the person. It is one function for all of them, and it leaves what happened, when, to
 * what and in which order: the log folds up to the redacted rows as it did to the rows before.
 */
export function redactEvent({ subjectType, subjectId, ownerId, data }: Event, person: Person): Event["data"] {
  const { booking, user, resource, changes, message, ...rest } = data as Record<
    string,
    Record<string, unknown>
  >;
  const own = ownerId === person.id;
  const fields =
    subjectType === "user" && subjectId === person.id
      ? personalInUser
      : subjectType === "resource" && subjectId === person.calendarId
        ? { name: erased }
        : own
          ? personalInBooking
          : {};
  return {
    ...(booking ? { booking: redactBooking(booking as never, person) } : {}),
    ...(user ? { user: withPersonal(user, fields) } : {}),
    ...(resource ? { resource: withPersonal(resource, fields) } : {}),
    ...(changes ? { changes: redactChanges(changes as never, fields, person) } : {}),
    ...(message === undefined ? {} : { message: own ? erased : message }),
    ...rest,
  };
}

type Changes = Record<string, { before: unknown; after: unknown }>;

function redactChanges(changes: Changes, fields: Record<string, unknown>, person: Person): Changes {
  return Object.fromEntries(
    Object.entries(changes).map(([field, change]) => {
      if (field in fields) return [field, { before: fields[field], after: fields[field] }];
      if (field !== "attendees") return [field, change];
      const without = (list: unknown) => withoutAttendee(list as Booking["attendees"], person);
      return [field, { before: without(change.before), after: without(change.after) }];
    }),
  );
}

/** Of fields that are there: an older event has fewer. */
function withPersonal<T extends object>(thing: T, fields: Record<string, unknown>): T {
  const there = Object.entries(fields).filter(([field]) => field in thing);
  return { ...thing, ...Object.fromEntries(there) };
}

function withoutAttendee(attendees: Booking["attendees"] | null, { email }: Person): Booking["attendees"] {
  return (attendees ?? []).filter((attendee) => attendee.email.toLowerCase() !== email);
}
