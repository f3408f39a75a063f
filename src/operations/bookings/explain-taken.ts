import { type Actor, mayRead } from "../../domain/actor.ts";
import { type Booking, claimsOf, maySeeBooking, unusableResource } from "../../domain/bookings/booking.ts";
import { type Conflict, Refusal } from "../../domain/refusal.ts";
import type { Resource } from "../../domain/resources/resource.ts";
import {
  alternatives,
  fits,
  freeThroughout,
  isEnough,
  searchWindows,
} from "../../domain/scheduling/alternatives.ts";
import type { Interval } from "../../domain/scheduling/interval.ts";
import type { Overlap, Store } from "../../ports/store.ts";
import type { Context } from "../context.ts";
import type { Contest } from "../settle.ts";

const maxConflicts = 20;

/** A booking on a slot of a resource. */
export type Wanted = { booking: Booking; resource: Resource | null };

type Needs = Pick<Context, "store" | "clock" | "hotSlots">;

/** What `settle` gets about the slot of a booking. */
export function contestedSlot(needs: Needs, actor: Actor): Contest<Wanted> {
  return {
    isLikely: ({ booking }) => needs.hotSlots.isLikelyTaken(booking),
    claim: ({ booking }, commit) => needs.hotSlots.claim(booking, commit),
    explain: async ({ booking, resource }) => {
      if (!resource) return unusableResource();
      const refusal = await explainTaken(needs, actor, booking, resource);
      if (refusal) needs.hotSlots.refused(booking);
      return refusal;
    },
  };
}

/**
 * Why a slot is taken, and what is free nearby; null when nothing is in the way any more. All of it is read from the
 * database now, because the data behind the decision may have been wrong.
 */
async function explainTaken(
  { store, clock }: Needs,
  actor: Actor,
  wanted: Booking,
  resource: Resource,
): Promise<Refusal<"slot_taken" | "validation_failed"> | null> {
  // A booking is not in its own way when it moves.
  const own = await ownClaim(store, wanted, resource);
  let free: Interval[] = [];
  let freeQuantity = 0;
  for (const window of searchWindows(wanted)) {
    const space = await store.resources.space(resource.id, window);
    if (!space) return unusableResource();
    const others = { ...space, quantity: wanted.quantity, busy: [...space.busy, ...own] };
    if (space.capacity !== resource.capacity || fits(wanted, others)) return null;
    freeQuantity = freeThroughout(wanted, others);
    free = alternatives(wanted, others, window, clock.now());
    if (isEnough(free)) break;
  }
  const overlaps = await store.bookings.overlapping(resource.id, wanted, maxConflicts + 1);
  const conflicts = overlaps.filter(({ bookingId }) => bookingId !== wanted.id);
  return new Refusal("slot_taken", describeTaken(resource, wanted, freeQuantity), {
    conflicts: conflicts.slice(0, maxConflicts).map((overlap) => conflict(actor, overlap)),
    alternatives: free,
  });
}

/** No more than `/busy` shows to the same callers. */
function describeTaken({ capacity }: Resource, { quantity }: Booking, free: number): string {
  if (capacity === 1) return "The resource is taken for all or part of this time.";
  return `${free} of ${capacity} ${free === 1 ? "is" : "are"} free for this time, and the quantity is ${quantity}.`;
}

/** What the booking, before it moves, takes of the resource, to be taken off the sum. */
async function ownClaim(store: Store, { id, organizationId, version }: Booking, resource: Resource) {
  const before = version > 1 ? await store.bookings.byId(organizationId, id) : null;
  return (before ? claimsOf(before) : [])
    .filter((claim) => claim.blocking && claim.resourceId === resource.id)
    .map(({ startTime, endTime, quantity }) => ({ startTime, endTime, quantity: -quantity }));
}

function conflict(actor: Actor, overlap: Overlap): Conflict {
  const { resourceId, startTime, endTime, bookingId, title, ownerId } = overlap;
  const visible =
    mayRead(actor, "bookings:read") &&
    maySeeBooking(actor, { organizationId: actor.organizationId, ownerId });
  return { resourceId, startTime, endTime, ...(visible ? { bookingId, title } : {}) };
}
