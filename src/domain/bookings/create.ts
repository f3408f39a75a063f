import type { Actor } from "../actor.ts";
import { mergeChanges } from "../change.ts";
import { planReminders } from "../deliveries/reminder.ts";
import type { Refusal } from "../refusal.ts";
import type { Resource } from "../resources/resource.ts";
import type { Booking, BookingFields } from "./booking.ts";
import { bookingChange, type DecidedBooking } from "./decided.ts";
import { refuseSlot } from "./refuse-slot.ts";

/** Books `resource` for `ownerId`. Only the database decides whether the slot is free. */
export function createBooking(
  actor: Actor,
  resource: Resource,
  command: { id: string; ownerId: string; fields: BookingFields; newId: () => string },
  now: Date,
): DecidedBooking | Refusal {
  const refusal = refuseSlot(actor, resource, command.fields);
  if (refusal) return refusal;
  const booking: Booking = {
    id: command.id,
    organizationId: actor.organizationId,
    ownerId: command.ownerId,
    resourceId: resource.id,
    ...command.fields,
    status: "confirmed",
    version: 1,
    cancellationReason: null,
    cancelledAt: null,
    createdAt: now,
    updatedAt: now,
  };
  const { change } = bookingChange(
    null,
    actor,
    booking,
    "booking.created",
    { booking },
    command.newId(),
    now,
  );
  const reminders = planReminders(booking, booking.reminders, command.newId, now);
  return { booking, change: mergeChanges(change, { insert: { reminders }, update: {} }) };
}
