import { dequal } from "dequal";
import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { type Changes, type Event, record } from "../event.ts";
import { type Booking, type Claim, type Claimed, claimsOf } from "./booking.ts";

declare module "../event.ts" {
  interface EventData {
    "booking.created": { booking: Booking };
    "booking.updated": Changed;
    "booking.rescheduled": Changed;
    "booking.cancelled": Changed;
    "booking.redacted": Changed;
  }
}

type Changed = { booking: Booking; changes: Changes };

export type Decided = { booking: Booking; change: Change };

/** A new booking, with its event and its claims. */
export function created(by: By<Author>, booking: Booking): Decided {
  const event = record(by, booking, "booking.created", { booking }, about(booking));
  const claims = decidedAt(event.time, claimsOf(booking));
  return { booking, change: { insert: { bookings: [booking], claims, events: [event] } } };
}

/** A booking as it becomes, with its event and what it now claims. */
export function changed(before: Booking, booking: Booking, event: Event): Decided {
  const claims = claimsOf(booking);
  const moved = dequal(claims, claimsOf(before)) ? {} : { claims: decidedAt(event.time, claims) };
  return { booking, change: { insert: { events: [event] }, update: { bookings: [booking], ...moved } } };
}

/** Resources have no rules yet that a booking could be decided on. */
function decidedAt(time: Date, claims: Claimed[]): Claim[] {
  return claims.map((claim) => ({ ...claim, decidedAt: time, rulesVersion: null }));
}

/** Whose a booking is, and the resources that its event is about. */
export function about(booking: Booking, before: Booking = booking) {
  const { ownerId, resourceId } = booking;
  return {
    ownerId,
    resourceId,
    previousResourceId: before.resourceId === resourceId ? null : before.resourceId,
  };
}
