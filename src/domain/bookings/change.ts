import type { By } from "../actor.ts";
import { type Change, mergeChanges } from "../change.ts";
import { diff, record } from "../event.ts";
import { Refusal } from "../refusal.ts";
import { dueAt, planReminders, voidReminders } from "../reminders/reminder.ts";
import type { ReminderRule } from "../reminders/reminder-rule.ts";
import type { Resource } from "../resources/resource.ts";
import { type Booking, type BookingFields, unusableResource } from "./booking.ts";
import { about, changed, type Decided } from "./decided.ts";
import { refuseSlot } from "./refuse-slot.ts";
import { isFinal } from "./status.ts";

export type BookingPatch = Partial<BookingFields & Pick<Booking, "resourceId">>;

/**
 * Changes a booking, including its slot. A move is atomic: if the new slot is taken, the booking keeps the old one.
 * `resource` is the booking's future resource; null if it is deleted, which matters only for a change of the slot. If
 * nothing differs, returns the same booking and no change.
 */
export function changeBooking(
  by: By,
  before: Booking,
  { patch, resource }: { patch: BookingPatch; resource: Resource | null },
): Decided | { booking: Booking; change: null } | Refusal {
  if (isFinal(before.status)) {
    return new Refusal("invalid_transition", "The booking is cancelled; create a new one instead.", {});
  }
  const booking: Booking = { ...before, ...patch, version: before.version + 1, updatedAt: by.now };
  const changes = diff(before, booking);
  if (Object.keys(changes).length === 0) return { booking: before, change: null };
  const moved = "startTime" in changes || "endTime" in changes || "resourceId" in changes;
  if (moved || "quantity" in changes) {
    const refusal = resource ? refuseSlot(by.actor, resource, booking, patch) : unusableResource();
    if (refusal) return refusal;
  }
  const type = moved ? "booking.rescheduled" : "booking.updated";
  const event = record(by, booking, type, { booking, changes }, about(booking, before));
  const { change } = changed(before, booking, event);
  const reason = moved ? "The booking moved." : "The reminders of the booking were changed.";
  return { booking, change: mergeChanges(change, planAgain(by, before, booking, reason)) };
}

/** A reminder whose time is the same is kept, whatever changed: it may be waiting for another attempt by now. */
function planAgain(by: By, before: Booking, booking: Booking, reason: string): Change | null {
  const isPlanned = (rule: ReminderRule) =>
    before.reminders.some((old) => isSame(before, old, booking, rule));
  const [kept, added] = [
    booking.reminders.filter(isPlanned),
    booking.reminders.filter((rule) => !isPlanned(rule)),
  ];
  if (added.length === 0 && kept.length === before.reminders.length) return null;
  const planned = { insert: { tasks: planReminders(by, booking, added) } };
  return mergeChanges(planned, voidReminders(by, booking, { keep: kept, reason }));
}

function isSame(before: Booking, old: ReminderRule, booking: Booking, rule: ReminderRule): boolean {
  const [was, is] = [
    dueAt(before.startTime, old.minutesBefore),
    dueAt(booking.startTime, rule.minutesBefore),
  ];
  return old.channel === rule.channel && was.getTime() === is.getTime();
}
