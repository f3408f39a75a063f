import type { Booking } from "../../../domain/bookings/booking.ts";
import type { BookingEvent, Changes, VersionedEvent } from "../../../domain/event.ts";
import { channelOf, type Reminder } from "../../../domain/reminders/reminder.ts";

/** A booking as the API shows it. */
export function presentBooking(booking: Booking) {
  return {
    id: booking.id,
    title: booking.title,
    description: booking.description,
    location: booking.location,
    startTime: booking.startTime.toISOString(),
    endTime: booking.endTime.toISOString(),
    status: booking.status,
    resourceId: booking.resourceId,
    ownerId: booking.ownerId,
    quantity: booking.quantity,
    attendees: booking.attendees,
    metadata: booking.metadata,
    reminders: booking.reminders,
    version: booking.version,
    cancellationReason: booking.cancellationReason,
    cancelledAt: booking.cancelledAt?.toISOString() ?? null,
    createdAt: booking.createdAt.toISOString(),
    updatedAt: booking.updatedAt.toISOString(),
  };
}

const statuses = { leased: "sending", done: "sent" } as const;

export function presentReminder(reminder: Reminder) {
  const { id, kind, data, state, attemptAt, doneAt } = reminder;
  return {
    id,
    channel: channelOf(kind),
    minutesBefore: data.minutesBefore,
    dueAt: reminder.dueAt.toISOString(),
    status: state === "leased" || state === "done" ? statuses[state] : state,
    reason: reminder.reason,
    bookingVersion: data.bookingVersion,
    attempts: reminder.attempts,
    nextAttemptAt: state === "scheduled" ? (attemptAt?.toISOString() ?? null) : null,
    sentAt: doneAt?.toISOString() ?? null,
  };
}

/** An event of a booking: who, what, when, before and after. All of a new booking is a change from nothing. */
export function presentHistoryEntry(event: VersionedEvent & BookingEvent) {
  const { id, type, version, actorId, time, data } = event;
  return { id, type, version, actorId, time: time.toISOString(), changes: changesOf(data) };
}

function changesOf(data: BookingEvent["data"]): Changes {
  if ("changes" in data) return data.changes;
  const { organizationId: _, ...fields } = data.booking;
  return Object.fromEntries(Object.entries(fields).map(([field, after]) => [field, { before: null, after }]));
}
