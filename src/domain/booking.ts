import { dequal } from "dequal";
import { type Actor, isAdmin, mayManage } from "./actor.ts";
import { type Change, mergeChanges } from "./change.ts";
import { changesBetween, type EventType, newEvent } from "./event.ts";
import { type Interval, lengthMs, longestBookingMs } from "./interval.ts";
import { invalidField, Refusal } from "./refusal.ts";
import { planReminders, type ReminderRule } from "./reminder.ts";
import { type Metadata, maySeeResource, type Resource } from "./resource.ts";

export type BookingStatus = "confirmed" | "cancelled";

/** The statuses that keep others out. */
const blocking: ReadonlySet<BookingStatus> = new Set(["confirmed"]);

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

type Decided = { booking: Booking; change: Change };

/** Books `resource` for `ownerId`. Only the database decides whether the slot is free. */
export function createBooking(
  actor: Actor,
  resource: Resource,
  command: { id: string; ownerId: string; fields: BookingFields; newId: () => string },
  now: Date,
): Decided | Refusal {
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
  const { change } = decided(null, actor, booking, "booking.created", { booking }, command.newId(), now);
  const reminders = planReminders(booking, booking.reminders, command.newId, now);
  return { booking, change: mergeChanges(change, { insert: { reminders }, update: {} }) };
}

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
): Decided | { booking: Booking; change: null } | Refusal {
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
  const { change } = decided(before, actor, booking, type, { booking, changes }, command.newId(), now);
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

/** Cancels; a cancelled booking stays as it is, with no change. */
export function cancelBooking(
  actor: { userId: string | null },
  before: Booking,
  command: { reason: string | null; newId: () => string },
  now: Date,
): Decided | { booking: Booking; change: null } {
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
  const { change } = decided(before, actor, booking, "booking.cancelled", data, command.newId(), now);
  const voidReminders = [{ bookingId: booking.id, keep: [], reason: "The booking was cancelled.", at: now }];
  return { booking, change: { ...change, voidReminders } };
}

/** The claims that a booking makes; `claims` in the database is exactly this, for every booking. */
export function claimsOf(booking: Booking): Claim[] {
  const { id, organizationId, resourceId, startTime, endTime, quantity } = booking;
  return [
    { id, organizationId, resourceId, startTime, endTime, quantity, blocking: blocking.has(booking.status) },
  ];
}

export function maySeeBooking(actor: Actor, booking: Pick<Booking, "organizationId" | "ownerId">): boolean {
  return mayManage(actor, booking);
}

/** Faults are attributed to the first affected field that was `sent`. */
function refuseSlot(
  actor: Actor,
  resource: Resource,
  slot: Interval & { quantity: number },
  sent: object = slot,
): Refusal | null {
  if (!maySeeResource(actor, resource)) return unusableResource();
  if (resource.kind === "calendar" && resource.ownerId !== actor.userId && !isAdmin(actor)) {
    return unusableResource();
  }
  const [start, end] = [slot.startTime.toISOString(), slot.endTime.toISOString()];
  if (slot.endTime <= slot.startTime) {
    return "endTime" in sent
      ? invalidField("/endTime", `Must be after startTime, ${start}.`)
      : invalidField("/startTime", `Must be before endTime, ${end}. Send endTime too to move both.`);
  }
  if (lengthMs(slot) > longestBookingMs) {
    const pointer = "endTime" in sent ? "/endTime" : "/startTime";
    return invalidField(pointer, "A booking is at most 366 days long.");
  }
  if (slot.quantity > resource.capacity) {
    const detail = `The resource has a capacity of ${resource.capacity}, and the quantity is ${slot.quantity}.`;
    return invalidField("quantity" in sent ? "/quantity" : "/resourceId", detail);
  }
  return null;
}

/** One answer for a resource that is unknown, deleted, or not the caller's to book. */
export function unusableResource(): Refusal<"validation_failed"> {
  return invalidField("/resourceId", "There is no resource with this id that you may book.");
}

function decided(
  before: Booking | null,
  actor: { userId: string | null },
  booking: Booking,
  type: EventType,
  data: Record<string, unknown>,
  eventId: string,
  now: Date,
): Decided {
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
