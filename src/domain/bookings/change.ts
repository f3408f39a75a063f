import { dequal } from "dequal";
import type { Actor } from "../actor.ts";
import { type Change, mergeChanges } from "../change.ts";
import { planReminders } from "../deliveries/reminder.ts";
import type { ReminderRule } from "../deliveries/reminder-rule.ts";
import { changesBetween } from "../event.ts";
import { Refusal } from "../refusal.ts";
import type { Resource } from "../resources/resource.ts";
import { type Booking, type BookingFields, unusableResource } from "./booking.ts";
import { bookingChange, type DecidedBooking } from "./decided.ts";
import { refuseSlot } from "./refuse-slot.ts";

/**
 * Changes a booking, including its slot. A move is atomic: if the new slot is taken, the booking keeps the old one.
 * `resource` is the booking's future resource; null if it is deleted, which matters only for a change of the slot. If
 * nothing differs, returns the same booking and no change.
 */
export function changeBooking(
  actor: Actor,
  before: Booking,
  resource: Resource | null,
  command: { patch: Partial<BookingFields & Pick<Booking, "resourceId">>; newId: () => string },
  now: Date,
): DecidedBooking | { booking: Booking; change: null } | Refusal {
  if (before.status === "cancelled") {
    return new Refusal("invalid_transition", "The booking is cancelled; create a new one instead.", {});
  }
  const booking: Booking = {
    ...before,
    ...command.patch,
    version: before.version + 1,
    updatedAt: now,
  };
  const changes = changesBetween(before, booking);
  if (Object.keys(changes).length === 0) return { booking: before, change: null };
  const moved = "startTime" in changes || "endTime" in changes || "resourceId" in changes;
  if (moved || "quantity" in changes) {
    const refusal = resource ? refuseSlot(actor, resource, booking, command.patch) : unusableResource();
    if (refusal) return refusal;
  }
  const type = moved ? "booking.rescheduled" : "booking.updated";
  const { change } = bookingChange(before, actor, booking, type, { booking, changes }, command.newId(), now);
  // A reminder whose time is the same is kept: it may be waiting for another attempt by now.
  const keep = "startTime" in changes ? [] : before.reminders.filter((rule) => hasRule(booking, rule));
  const planned = booking.reminders.filter((rule) => !hasRule({ reminders: keep }, rule));
  if (planned.length === 0 && keep.length === before.reminders.length) return { booking, change };
  const reason = moved ? "The booking moved." : "The reminders of the booking were changed.";
  const reminders: Change = {
    insert: { reminders: planReminders(booking, planned, command.newId, now) },
    update: {},
    voidReminders: [{ bookingId: booking.id, keep, reason, at: now }],
  };
  return { booking, change: mergeChanges(change, reminders) };
}

function hasRule({ reminders }: Pick<Booking, "reminders">, wanted: ReminderRule): boolean {
  return reminders.some((rule) => dequal(rule, wanted));
}
