import ical, { ICalCalendarMethod } from "ical-generator";
import type { Booking } from "../domain/booking.ts";
import { localTime } from "../domain/reminder.ts";
import type { OutgoingMail } from "../ports/mailer.ts";
import type { Notification } from "../ports/notifier.ts";
import { render } from "./render.ts";
import html from "./templates/reminder.html.eta" with { type: "text" };
import text from "./templates/reminder.text.eta" with { type: "text" };

/** The reminder of a booking, with the booking itself for the reader's calendar. */
export function reminderMail({
  reminder,
  booking,
  timezone,
  recipient,
  message,
}: Notification): OutgoingMail {
  const local = (time: Date) => `${localTime(time, timezone)} (${timezone})`;
  const { id: bookingId, title, location, description, startTime, endTime } = booking;
  const values = {
    message,
    bookingId,
    title,
    location,
    description,
    start: local(startTime),
    end: local(endTime),
  };
  return {
    id: reminder.id,
    to: { name: recipient.name, email: recipient.email },
    subject: `Reminder: ${title}`,
    ...render({ text, html }, values),
    calendar: calendarOf(booking),
  };
}

/** RFC 5545. The same id with a higher sequence replaces what a calendar has of the booking. */
function calendarOf({ id, version, title, description, location, startTime, endTime }: Booking): string {
  const calendar = ical({ prodId: "//Booking//EN", method: ICalCalendarMethod.PUBLISH });
  calendar.createEvent({
    id,
    sequence: version,
    summary: title,
    start: startTime,
    end: endTime,
    ...(description ? { description } : {}),
    ...(location ? { location } : {}),
  });
  return calendar.toString();
}
