import type { By } from "../actor.ts";
import { mergeChanges } from "../change.ts";
import type { Refusal } from "../refusal.ts";
import { planReminders } from "../reminders/reminder.ts";
import type { Resource } from "../resources/resource.ts";
import type { Booking, BookingFields } from "./booking.ts";
import { created, type Decided } from "./decided.ts";
import { refuseSlot } from "./refuse-slot.ts";

/** Books `resource` for `ownerId`. Only the database decides whether the slot is free. */
export function createBooking(
  by: By,
  resource: Resource,
  { ownerId, fields }: { ownerId: string; fields: BookingFields },
): Decided | Refusal {
  const refusal = refuseSlot(by.actor, resource, fields);
  if (refusal) return refusal;
  const booking: Booking = {
    id: by.newId(),
    organizationId: by.actor.organizationId,
    ownerId,
    resourceId: resource.id,
    ...fields,
    status: "confirmed",
    version: 1,
    cancellationReason: null,
    cancelledAt: null,
    createdAt: by.now,
    updatedAt: by.now,
  };
  const tasks = planReminders(by, booking, booking.reminders);
  return { booking, change: mergeChanges(created(by, booking).change, { insert: { tasks } }) };
}
