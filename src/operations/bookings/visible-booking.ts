import type { Actor } from "../../domain/actor.ts";
import { type Booking, maySeeBooking } from "../../domain/bookings/booking.ts";
import { notFound } from "../../domain/refusal.ts";
import type { Store } from "../../ports/store.ts";

/** A booking that the actor may see; for all others it does not exist. */
export async function visibleBooking(store: Store, actor: Actor, id: string): Promise<Booking> {
  const booking = await store.bookings.byId(actor.organizationId, id);
  if (!booking || !maySeeBooking(actor, booking)) throw notFound();
  return booking;
}
