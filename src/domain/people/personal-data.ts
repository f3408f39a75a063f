import type { Attendee, Booking } from "../bookings/booking.ts";
import type { Changes } from "../event.ts";
import type { User } from "./user.ts";

type Person = Pick<User, "id" | "email" | "calendarId">;
type Data = Record<string, unknown>;
type Deed = { subjectType: string | null; subjectId: string | null; data: Data };

/** A booking of a person's own, without the other people in it. */
export function ownBooking<T extends Pick<Booking, "attendees">>(booking: T, person: Person): T {
  return { ...booking, attendees: onlySelf(booking.attendees, person) };
}

/**
 * What a person did. Actions on their own account, calendar, sessions, bookings and refusals are shown in full. For all
 * others, only the fact that they did it, because the subject is somebody else's.
 */
export function ownDeed<T extends Deed>(deed: T, person: Person): T {
  const { subjectType, subjectId, data } = deed;
  if (subjectType === "booking") return { ...deed, data: ownBookingData(data, person) };
  const own =
    subjectType === null ||
    subjectId === person.id ||
    subjectId === person.calendarId ||
    (subjectType === "session" && data.userId === person.id);
  return own ? deed : { ...deed, data: {} };
}

function ownBookingData(data: Data, person: Person): Data {
  const booking = data.booking as Booking | undefined;
  if (booking?.ownerId !== person.id) return {};
  const changes = data.changes as Changes | undefined;
  const attendees = changes?.attendees;
  return {
    ...data,
    booking: ownBooking(booking, person),
    ...(changes && attendees ? { changes: { ...changes, attendees: onlySelfIn(attendees, person) } } : {}),
  };
}

function onlySelfIn({ before, after }: Changes[string], person: Person): Changes[string] {
  return {
    before: onlySelf(before as Attendee[] | null, person),
    after: onlySelf(after as Attendee[] | null, person),
  };
}

function onlySelf(attendees: Attendee[] | null, { email }: Person): Attendee[] {
  return (attendees ?? []).filter((attendee) => attendee.email.toLowerCase() === email);
}
