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
  /** Numbers the claims of one booking, from 0. */
  part: number;
  organizationId: string;
  resourceId: string;
  quantity: number;
  blocking: boolean;
  /** When a hold stops counting; null for a claim for good. */
  expiresAt: Date | null;
  /** The instant of the decision that made the claim. */
  decidedAt: Date;
  /** The version of the resource's rules that it was decided on; null where no rules applied. */
  rulesVersion: number | null;
};

/** A claim without the circumstances in which it was decided. */
export type Claimed = Omit<Claim, "decidedAt" | "rulesVersion">;

export type BookingFields = Interval &
  Pick<Booking, "title" | "description" | "location" | "quantity" | "attendees" | "metadata" | "reminders">;

/** The claims that a booking makes; `claims` in the database is exactly this, for every booking. */
export function claimsOf(booking: Booking): Claimed[] {
  const { id, organizationId, resourceId, startTime, endTime, quantity } = booking;
  const blocking = isBlocking(booking.status);
  return [
    { id, part: 0, organizationId, resourceId, startTime, endTime, quantity, blocking, expiresAt: null },
  ];
}

export function maySeeBooking(actor: Actor, booking: Pick<Booking, "organizationId" | "ownerId">): boolean {
  return mayManage(actor, booking);
}

/** One answer for a resource that is unknown, deleted, or not the caller's to book. */
export function unusableResource(): Refusal<"validation_failed"> {
  return invalidField("/resourceId", "There is no resource with this id that you may book.");
}
