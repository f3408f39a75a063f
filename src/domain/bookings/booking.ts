import { type Actor, mayManage } from "../actor.ts";
import { invalidField, type Refusal } from "../refusal.ts";
import type { ReminderRule } from "../reminders/reminder-rule.ts";
import type { Metadata } from "../resources/resource.ts";
import type { Interval } from "../scheduling/interval.ts";
import { type BookingStatus, isBlocking } from "./status.ts";

declare module "../change.ts" {
  interface Rows {
    bookings: Booking;
    claims: Claim;
  }
}

export type Attendee = { email: string; name: string | null };

/** A claim of `quantity` on a resource for a half-open interval. */
export type Booking = Interval & {
  id: string;
  organizationId: string;
  ownerId: string;
  resourceId: string;
  title: string;
  description: string | null;
  location: string | null;
  status: BookingStatus;
  quantity: number;
  attendees: Attendee[];
  metadata: Metadata;
  reminders: ReminderRule[];
  version: number;
  cancellationReason: string | null;
  cancelledAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

/** The thing that the database guards: how much of which resource is taken, and when. It shares the booking's id. */
export type Claim = Interval & {
  id: string;
  organizationId: string;
  resourceId: string;
  quantity: number;
  blocking: boolean;
};

export type BookingFields = Interval &
  Pick<Booking, "title" | "description" | "location" | "quantity" | "attendees" | "metadata" | "reminders">;

/** The claims that a booking makes; `claims` in the database is exactly this, for every booking. */
export function claimsOf(booking: Booking): Claim[] {
  const { id, organizationId, resourceId, startTime, endTime, quantity } = booking;
  return [
    { id, organizationId, resourceId, startTime, endTime, quantity, blocking: isBlocking(booking.status) },
  ];
}

export function maySeeBooking(actor: Actor, booking: Pick<Booking, "organizationId" | "ownerId">): boolean {
  return mayManage(actor, booking);
}

/** One answer for a resource that is unknown, deleted, or not the caller's to book. */
export function unusableResource(): Refusal<"validation_failed"> {
  return invalidField("/resourceId", "There is no resource with this id that you may book.");
}
