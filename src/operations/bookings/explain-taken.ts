import type { Actor } from "../../domain/actor.ts";
import { alternatives, alternativesWithinDays, fits } from "../../domain/alternatives.ts";
import { type Booking, maySeeBooking } from "../../domain/booking.ts";
import { widen } from "../../domain/interval.ts";
import { type Conflict, Refusal } from "../../domain/refusal.ts";
import type { Resource } from "../../domain/resource.ts";
import type { Overlap } from "../../ports/store.ts";
import type { Context } from "../context.ts";

const mostConflicts = 20;

/** Why a slot is taken, and what is free nearby; null when nothing stands in the way any more. */
export async function explainTaken(
  { store, clock }: Context,
  actor: Actor,
  wanted: Booking,
  resource: Resource,
): Promise<Refusal<"slot_taken"> | null> {
  const window = widen(wanted, alternativesWithinDays);
  const [overlaps, everything] = await Promise.all([
    store.bookings.overlapping(resource.id, wanted, mostConflicts + 1),
    store.resources.busy(resource.id, window),
  ]);
  // A booking that moves does not stand in its own way.
  const others = overlaps.filter((overlap) => overlap.bookingId !== wanted.id).slice(0, mostConflicts);
  const busy = everything.filter((claim) => claim.bookingId !== wanted.id);
  const room = { capacity: resource.capacity, quantity: wanted.quantity, busy };
  if (fits(wanted, room)) return null;
  return new Refusal("slot_taken", "The resource is taken for all or part of this time.", {
    conflicts: others.map((overlap) => conflict(actor, overlap)),
    alternatives: alternatives(wanted, room, window, clock.now()),
  });
}

function conflict(actor: Actor, overlap: Overlap): Conflict {
  const { resourceId, startTime, endTime, bookingId, title, ownerId } = overlap;
  const visible = maySeeBooking(actor, { organizationId: actor.organizationId, ownerId });
  return { resourceId, startTime, endTime, ...(visible ? { bookingId, title } : {}) };
}
