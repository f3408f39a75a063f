import { type Author, type By, nobody } from "../actor.ts";
import type { Booking } from "../bookings/booking.ts";
import { about } from "../bookings/decided.ts";
import type { Change } from "../change.ts";
import { type Changes, diff, type Event, record } from "../event.ts";
import type { Resource } from "../resources/resource.ts";
import { changeUser, type User } from "./user.ts";

/** The person whose traces are redacted: their id, and what they were known by. */
export type Person = Pick<User, "id" | "calendarId" | "email" | "name" | "externalId">;

/** The text that replaces something personal. */
export const erased = "[erased]";

/**
 * The personal part of a booking: the words of its owner, and people; everything except when, where in time, and how
 * much.
 */
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

/**
 * Closes an account for good. Its personal data stays until every other trace is redacted: it is needed to find them.
 */
export function closeAccount(by: By<Author>, user: User): { user: User; change: Change | null } {
  const patch = { passwordHash: null, role: "user", status: "disabled", erasedAt: by.now } as const;
  return changeUser(by, user, { patch });
}

/**
 * Stands for the address of an erased person: unique, and not an email address, so that nobody can register it.
 */
export function placeholderAddress(userId: string): string {
  return `erased:${userId}`;
}

/** How the erasure itself decides: it acts for nobody. */
type Erasing = Pick<By, "now" | "newId">;

/** The last step of an erasure: the account itself. Its address is free again. The database refuses while traces are left. */
export function forgetPerson(by: Erasing, user: User): Change {
  const forgotten: User = {
    ...user,
    email: placeholderAddress(user.id),
    name: erased,
    role: "user",
    status: "disabled",
    passwordHash: null,
    externalId: null,
    emailVerifiedAt: null,
    redactedAt: by.now,
    version: user.version + 1,
    updatedAt: by.now,
  };
  const event = record({ ...by, actor: nobody }, forgotten, "user.redacted", {});
  return { insert: { events: [event] }, update: { users: [forgotten] } };
}

/**
 * Redacts the row of a booking, as a change with a version: any decision based on the old row becomes stale. Null when
 * the row has no personal data. Its event says which fields were redacted, and nothing about their content.
 */
export function redactBookingRow(by: Erasing, before: Booking, person: Person): Change | null {
  const redacted = redactBooking(before, person);
  const changes = diff(before, redacted);
  if (Object.keys(changes).length === 0) return null;
  const booking = { ...redacted, version: before.version + 1, updatedAt: by.now };
  const data = { booking, changes };
  const event = record({ ...by, actor: nobody }, booking, "booking.redacted", data, about(booking));
  return {
    // First of all: an erasure of the owner, which forbids any other change, may have come in between.
    asOf: [{ bookingId: before.id, version: before.version }],
    insert: { events: [redacting(event, person)] },
    update: { bookings: [booking] },
  };
}

/** The same for the person's calendar, whose name contains theirs. */
export function redactCalendar(by: Erasing, before: Resource, person: Person): Change | null {
  if (before.name === erased) return null;
  const resource = { ...before, name: erased, version: before.version + 1, updatedAt: by.now };
  const data = { resource, changes: diff(before, resource) };
  const event = record({ ...by, actor: nobody }, resource, "resource.updated", data);
  return { insert: { events: [redacting(event, person)] }, update: { resources: [resource] } };
}

function redacting(event: Event, person: Person): Event {
  return { ...event, data: redactEvent(event, person) } as Event;
}

/** A booking without personal data: without the owner's words, and without the person among the attendees. */
export function redactBooking<T extends Pick<Booking, "ownerId" | "attendees">>(
  booking: T,
  person: Person,
): T {
  if (booking.ownerId === person.id) return withPersonal(booking, personalInBooking);
  return { ...booking, attendees: withoutAttendee(booking.attendees, person) };
}

/**
 * The data of an event, without the person. One function for all events. It keeps what happened, when, to what and in
 * which order: the log folds to the redacted rows as it did to the original rows.
 */
export function redactEvent(event: Event, person: Person): Event["data"] {
  const own = event.ownerId === person.id;
  const fields = personalFields(event, person);
  const redactMember = (name: string, value: unknown): unknown => {
    switch (name) {
      case "booking":
        return redactBooking(value as never, person);
      case "user":
      case "resource":
        return withPersonal(value as object, fields);
      case "changes":
        return redactChanges(value as Changes, fields, person);
      case "message":
        return own ? erased : value;
      default:
        return value;
    }
  };
  const members = Object.entries(event.data).map(([name, value]) => [name, redactMember(name, value)]);
  return Object.fromEntries(members) as Event["data"];
}

/** Which fields of an event's subject are personal, and what replaces them. */
function personalFields({ subjectType, subjectId, ownerId }: Event, person: Person): Record<string, unknown> {
  if (subjectType === "user" && subjectId === person.id) return personalInUser;
  if (subjectType === "resource" && subjectId === person.calendarId) return { name: erased };
  return ownerId === person.id ? personalInBooking : {};
}

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

/** Only existing fields: an older event has fewer. */
function withPersonal<T extends object>(thing: T, fields: Record<string, unknown>): T {
  const there = Object.entries(fields).filter(([field]) => field in thing);
  return { ...thing, ...Object.fromEntries(there) };
}

function withoutAttendee(attendees: Booking["attendees"] | null, { email }: Person): Booking["attendees"] {
  return (attendees ?? []).filter((attendee) => attendee.email.toLowerCase() !== email);
}
