import type { Booking } from "./booking.ts";
import type { Change } from "./change.ts";
import { asSent, type Delivery, newDelivery } from "./delivery.ts";
import { newEvent, toJson } from "./event.ts";
import { timeZoneNamed } from "./time-zone.ts";

export const channels = ["websocket", "email"] as const;
export type Channel = (typeof channels)[number];

/** When the owner of a booking is reminded of it, and how. */
export type ReminderRule = { minutesBefore: number; channel: Channel };

/** One planned message for one booking on one channel; unique by booking, the version that planned it, and rule. */
export type Reminder = Delivery & ReminderRule & { bookingId: string; bookingVersion: number };

/** The reminders that a booking's rules give, from its version on. */
export function planReminders(booking: Booking, newId: () => string, now: Date): Reminder[] {
  const { id: bookingId, organizationId, version: bookingVersion, startTime } = booking;
  return booking.reminders.map(({ minutesBefore, channel }) => {
    const dueAt = new Date(startTime.getTime() - minutesBefore * 60_000);
    const delivery = newDelivery({ id: newId(), organizationId, dueAt }, now);
    return { ...delivery, bookingId, bookingVersion, minutesBefore, channel };
  });
}

/** A reminder as its owner sees it: not how the worker keeps its books. */
export function reminderView({ id, bookingId, channel, minutesBefore, dueAt }: Reminder) {
  return { id, bookingId, channel, minutesBefore, dueAt };
}

/**
 * What is written when a reminder went out. Its event has the id of the reminder, which the database keeps unique:
 * however often it is tried, it is told once. It is stale when the booking has changed since it was read.
 */
export function recordSent(reminder: Reminder, booking: Booking, message: string, now: Date): Change {
  const data = { booking: toJson(booking), reminder: toJson(reminderView(reminder)), message };
  const event = newEvent(
    "booking",
    { ...booking, version: null },
    { id: reminder.id, type: "booking.reminder", actorId: null, data },
    now,
    { ownerId: booking.ownerId, resourceId: null, previousResourceId: null },
  );
  return {
    insert: { events: [event] },
    update: { reminders: [asSent(reminder, now)] },
    // The event has no version of its own to guard it, and must not bring back words that were redacted meanwhile.
    asOf: [{ bookingId: booking.id, version: booking.version }],
  };
}

/** One sentence for a person: what starts when, in the time zone of what is booked. */
export function reminderMessage(booking: Booking, timezone: string, minutesBefore: number): string {
  const when = `${localTime(booking.startTime, timezone)} (${timezone})`;
  return `${booking.title} starts ${inWords(minutesBefore)}, ${when}.`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Day, date and time of day in a time zone. Making a format takes as long as a query; there are few time zones. */
export function localTime(time: Date, timezone: string): string {
  // By the zone's one spelling, so that there are never more formats than zones.
  const timeZone = timeZoneNamed(timezone) ?? timezone;
  const options = { dateStyle: "full", timeStyle: "short", timeZone } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("en-GB", options);
  formats.set(timeZone, format);
  return format.format(time);
}

function inWords(minutes: number): string {
  if (minutes === 0) return "now";
  const [count, unit] =
    minutes % 1440 === 0
      ? [minutes / 1440, "day"]
      : minutes % 60 === 0
        ? [minutes / 60, "hour"]
        : [minutes, "minute"];
  return `in ${count} ${unit}${count === 1 ? "" : "s"}`;
}
