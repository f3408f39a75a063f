import { dequal } from "dequal";
import type { Change } from "../change.ts";
import { type EventType, newEvent } from "../event.ts";
import { type Booking, claimsOf } from "./booking.ts";

export type DecidedBooking = { booking: Booking; change: Change };

/** The booking as it becomes, with its event and its claims. */
export function bookingChange(
  before: Booking | null,
  actor: { userId: string | null },
  booking: Booking,
  type: EventType,
  data: Record<string, unknown>,
  eventId: string,
  now: Date,
): DecidedBooking {
  const event = newEvent("booking", booking, { id: eventId, type, actorId: actor.userId, data }, now, {
    ownerId: booking.ownerId,
    resourceId: booking.resourceId,
    previousResourceId: before && before.resourceId !== booking.resourceId ? before.resourceId : null,
  });
  const claims = claimsOf(booking);
  const change: Change = before
    ? {
        insert: { events: [event] },
        update: { bookings: [booking], ...(dequal(claims, claimsOf(before)) ? {} : { claims }) },
      }
    : { insert: { bookings: [booking], claims, events: [event] }, update: {} };
  return { booking, change };
}
