import { type Actor, mayRead } from "../../domain/actor.ts";
import { alternatives, alternativesWithinDays, fits } from "../../domain/alternatives.ts";
import { type Booking, maySeeBooking, unusableResource } from "../../domain/booking.ts";
import { widen } from "../../domain/interval.ts";
import { type Conflict, Refusal } from "../../domain/refusal.ts";
import type { Resource } from "../../domain/resource.ts";
import type { Overlap } from "../../ports/store.ts";
import type { Context } from "../context.ts";
import type { Taken } from "../settle.ts";

const mostConflicts = 20;

/** A booking on a slot of a resource. */
export type Wanted = { booking: Booking; resource: Resource | null };

/** What `settle` is told of the slot of a booking. */
export function takenSlot(context: Context, actor: Actor): Taken<Wanted> {
  return {
    isLikely: ({ booking }) => context.hotSlots.isLikelyTaken(booking),
    claim: ({ booking }, commit) => context.hotSlots.claim(booking, commit),
    explain: async ({ booking, resource }) => {
      if (!resource) return unusableResource();
      const refusal = await explainTaken(context, actor, booking, resource);
      if (refusal) context.hotSlots.refused(booking);
      return refusal;
    },
  };
}

/** Why a slot is taken, and what is free nearby; null when nothing stands in the way any more. */
async function explainTaken(
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
  const visible =
    mayRead(actor, "bookings:read") &&
    maySeeBooking(actor, { organizationId: actor.organizationId, ownerId });
  return { resourceId, startTime, endTime, ...(visible ? { bookingId, title } : {}) };
}
