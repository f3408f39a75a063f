import ical, { ICalCalendarMethod } from "ical-generator";
import type { Booking } from "../domain/bookings/booking.ts";
import { reminderMessage } from "../domain/reminders/reminder.ts";
import { localTime } from "../domain/scheduling/local-time.ts";
import type { OutgoingMail } from "../ports/mailer.ts";
import type { Notification } from "../ports/notifier.ts";
import { inertText } from "./inert-text.ts";
import { reminderTemplate } from "./templates/reminder.ts";

/** Enough to recognize a booking by; too little for a message. */
const maxLength = { title: 80, location: 120 };

/**
 * The reminder of a booking, with the booking itself for the reader's calendar. Someone else may have booked for the
 * reader and chosen its words, so the title and the location appear as inert text, in quotes within a sentence, and the
 * description does not appear at all.
 */
export function reminderMail({
  reminder,
  booking,
  timezone,
  recipient,
  minutesLeft,
}: Notification): OutgoingMail {
  const local = (time: Date) => `${localTime(time, timezone)} (${timezone})`;
  const { id: bookingId, startTime, endTime } = booking;
  const title = inertText(booking.title, maxLength.title);
  const location = booking.location && inertText(booking.location, maxLength.location);
  const quoted = { ...booking, title: `“${title}”` };
  const message = reminderMessage(quoted, timezone, minutesLeft);
  const values = { message, bookingId, title, location, start: local(startTime), end: local(endTime) };
  return {
    id: reminder.id,
    to: recipient.email,
    subject: `Reminder: ${title}`,
    ...reminderTemplate(values),
    calendar: calendarOf({ ...booking, title, location }),
  };
}

/** RFC 5545. The same id with a higher sequence replaces what a calendar has of the booking. */
function calendarOf({ id, version, title, location, startTime, endTime }: Booking): string {
  const calendar = ical({ prodId: "//Booking//EN", method: ICalCalendarMethod.PUBLISH });
  calendar.createEvent({
    id,
    sequence: version,
    summary: title,
    start: startTime,
    end: endTime,
    ...(location ? { location } : {}),
  });
  return calendar.toString();
}
