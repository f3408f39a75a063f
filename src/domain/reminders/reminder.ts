import { type Author, type By, nobody } from "../actor.ts";
import type { Booking } from "../bookings/booking.ts";
import type { Change } from "../change.ts";
import { record } from "../event.ts";
import { localTime } from "../scheduling/local-time.ts";
import { asDone, newTask, type Task } from "../tasks/task.ts";
import { type Channel, channels, type ReminderRule } from "./reminder-rule.ts";

declare module "../event.ts" {
  interface EventData {
    "booking.reminder": { booking: Booking; reminder: ReturnType<typeof reminderView>; message: string };
  }
}

/** Each channel has a queue of its own: a mail server that hangs must not hold up sockets. */
export type ReminderKind = `${Channel}-reminder`;

export const reminderKinds = channels.map((channel) => `${channel}-reminder` as const);

/** One planned message for one booking on one channel; unique by booking, the version that planned it, and rule. */
export type Reminder = Task<ReminderKind, { minutesBefore: number; bookingVersion: number }>;

export function channelOf(kind: ReminderKind): Channel {
  return kind.slice(0, -"-reminder".length) as Channel;
}

/** The reminders of a booking by these rules of it, planned by its current version. */
export function planReminders(by: By<Author>, booking: Booking, rules: ReminderRule[]): Reminder[] {
  const { id: subjectId, organizationId, version: bookingVersion, startTime } = booking;
  return rules.map(({ minutesBefore, channel }) =>
    newTask(
      {
        id: by.newId(),
        organizationId,
        kind: `${channel}-reminder` as const,
        subjectId,
        key: `${bookingVersion}/${minutesBefore}`,
        dueAt: dueAt(startTime, minutesBefore),
        data: { minutesBefore, bookingVersion },
      },
      by.now,
    ),
  );
}

export function dueAt(startTime: Date, minutesBefore: number): Date {
  return new Date(startTime.getTime() - minutesBefore * 60_000);
}

/** Voids the reminders of a booking that were not sent, except those of the rules that it keeps, at an unchanged time. */
export function voidReminders(
  { now }: Pick<By, "now">,
  { id: subjectId, startTime }: Pick<Booking, "id" | "startTime">,
  { keep, reason }: { keep: ReminderRule[]; reason: string },
): Change {
  const voidTasks = channels.map((channel) => ({
    kind: `${channel}-reminder`,
    subjectId,
    keepDueAt: keep
      .filter((rule) => rule.channel === channel)
      .map((rule) => dueAt(startTime, rule.minutesBefore)),
    reason,
    at: now,
  }));
  return { voidTasks };
}

/** A reminder as its owner sees it, without the worker's records. */
export function reminderView({ id, subjectId: bookingId, kind, data, dueAt }: Reminder) {
  return { id, bookingId, channel: channelOf(kind), minutesBefore: data.minutesBefore, dueAt };
}

/**
 * What is written when a reminder went out. Its event has the id of the reminder, which the database keeps unique:
 * however many attempts there are, it is in the log once. It is stale if the booking has changed since it was read.
 */
export function recordSent(reminder: Reminder, booking: Booking, message: string, now: Date): Change {
  const event = record(
    { actor: nobody, now, newId: () => reminder.id },
    { ...booking, version: null },
    "booking.reminder",
    { booking, reminder: reminderView(reminder), message },
    { ownerId: booking.ownerId, resourceId: null, previousResourceId: null },
  );
  return {
    insert: { events: [event] },
    update: { tasks: [asDone(reminder, now)] },
    // The event has no version of its own to guard it, and must not bring back words that were redacted meanwhile.
    asOf: [{ bookingId: booking.id, version: booking.version }],
  };
}

/**
 * One sentence for a person: what starts when, in the time zone of what is booked. `minutesLeft` is the time that is really
 * left when it is sent, rounded; negative once the booking has started.
 */
export function reminderMessage(booking: Booking, timezone: string, minutesLeft: number): string {
  const when = `${localTime(booking.startTime, timezone)} (${timezone})`;
  const starts = minutesLeft < 0 ? `started ${inWords(-minutesLeft)} ago` : `starts ${soon(minutesLeft)}`;
  return `${booking.title} ${starts}, ${when}.`;
}

/** Whole minutes until a booking starts. */
export function minutesUntil({ startTime }: Pick<Booking, "startTime">, now: Date): number {
  return Math.round((startTime.getTime() - now.getTime()) / 60_000);
}

function soon(minutes: number): string {
  return minutes === 0 ? "now" : `in ${inWords(minutes)}`;
}

const units = [
  { name: "day", minutes: 1_440 },
  { name: "hour", minutes: 60 },
  { name: "minute", minutes: 1 },
];

/** The two largest units that a time has: `1 day`, `2 hours and 5 minutes`. */
function inWords(total: number): string {
  let rest = total;
  const parts: string[] = [];
  for (const { name, minutes } of units) {
    const count = Math.floor(rest / minutes);
    rest -= count * minutes;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return parts.slice(0, 2).join(" and ");
}
