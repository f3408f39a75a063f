import { expect, test } from "bun:test";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import { reminderMessage } from "../../src/domain/reminders/reminder.ts";
import { asFailedAttempt, elevenMinutes, newTask } from "../../src/domain/tasks/task.ts";

const booking = { title: "Stand-up", startTime: new Date("2027-03-01T09:30:00Z") } as Booking;

test("the message says what starts when, in the time zone of what is booked", () => {
  expect(reminderMessage(booking, "Europe/Berlin", 10)).toBe(
    "Stand-up starts in 10 minutes, Monday, 1 March 2027 at 10:30 (Europe/Berlin).",
  );
  const inWords = (minutes: number) => reminderMessage(booking, "UTC", minutes).match(/Stand-up (.*?),/)?.[1];
  expect([0, 1, 60, 90, 1440, 2880, 1501, -1, -125].map(inWords)).toEqual([
    "starts now",
    "starts in 1 minute",
    "starts in 1 hour",
    "starts in 1 hour and 30 minutes",
    "starts in 1 day",
    "starts in 2 days",
    "starts in 1 day and 1 hour",
    "started 1 minute ago",
    "started 2 hours and 5 minutes ago",
  ]);
});

test("attempts of what failed together are spread, and the last one is the last", () => {
  const now = new Date(0);
  const retry = elevenMinutes;
  const planned = { id: "t", organizationId: "o", kind: "k", subjectId: "s", key: "", dueAt: now, data: {} };
  const task = { ...newTask(planned, now), attempts: 1 };
  const next = (chance: number) =>
    asFailedAttempt(task, { reason: "x", final: false, retry, chance }, now).attemptAt?.getTime();
  expect([next(0), next(1)]).toEqual([4_000, 6_000]);
  const last = asFailedAttempt(
    { ...task, attempts: retry.maxAttempts },
    { reason: "x", final: false, retry, chance: 0 },
    now,
  );
  expect([last.state, last.attemptAt]).toEqual(["failed", null]);
  const final = asFailedAttempt(task, { reason: "x", final: true, retry, chance: 0 }, now);
  expect([final.state, final.attemptAt]).toEqual(["failed", null]);
});
