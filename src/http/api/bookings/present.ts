import type { Booking } from "../../../domain/bookings/booking.ts";
import type { Reminder } from "../../../domain/deliveries/reminder.ts";
import type { BookingEvent, Changes, VersionedEvent } from "../../../domain/event.ts";

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

export function presentReminder(reminder: Reminder) {
  return {
    id: reminder.id,
    channel: reminder.channel,
    minutesBefore: reminder.minutesBefore,
    dueAt: reminder.dueAt.toISOString(),
    status: reminder.status,
    reason: reminder.reason,
    bookingVersion: reminder.bookingVersion,
    attempts: reminder.attempts,
    nextAttemptAt: reminder.status === "scheduled" ? (reminder.attemptAt?.toISOString() ?? null) : null,
    sentAt: reminder.sentAt?.toISOString() ?? null,
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
