import { changesBetween } from "../event.ts";
import type { Booking } from "./booking.ts";
import { bookingChange, type DecidedBooking } from "./decided.ts";

/** Cancels; a cancelled booking stays as it is, with no change. */
export function cancelBooking(
  actor: { userId: string | null },
  before: Booking,
  command: { reason: string | null; newId: () => string },
  now: Date,
): DecidedBooking | { booking: Booking; change: null } {
  if (before.status === "cancelled") return { booking: before, change: null };
  const booking: Booking = {
    ...before,
    status: "cancelled",
    cancellationReason: command.reason,
    cancelledAt: now,
    version: before.version + 1,
    updatedAt: now,
  };
  const data = { booking, changes: changesBetween(before, booking) };
  const { change } = bookingChange(before, actor, booking, "booking.cancelled", data, command.newId(), now);
  const voidReminders = [{ bookingId: booking.id, keep: [], reason: "The booking was cancelled.", at: now }];
  return { booking, change: { ...change, voidReminders } };
}
