import type { Author, By } from "../actor.ts";
import { mergeChanges } from "../change.ts";
import { diff, record } from "../event.ts";
import { voidReminders } from "../reminders/reminder.ts";
import type { Booking } from "./booking.ts";
import { about, changed, type Decided } from "./decided.ts";

/** Cancels; a cancelled booking stays as it is, with no change. */
export function cancelBooking(
  by: By<Author>,
  before: Booking,
  { reason }: { reason: string | null },
): Decided | { booking: Booking; change: null } {
  if (before.status === "cancelled") return { booking: before, change: null };
  const booking: Booking = {
    ...before,
    status: "cancelled",
    cancellationReason: reason,
    cancelledAt: by.now,
    version: before.version + 1,
    updatedAt: by.now,
  };
  const data = { booking, changes: diff(before, booking) };
  const event = record(by, booking, "booking.cancelled", data, about(booking));
  const voided = voidReminders(by, booking, { keep: [], reason: "The booking was cancelled." });
  return { booking, change: mergeChanges(changed(before, booking, event).change, voided) };
}
