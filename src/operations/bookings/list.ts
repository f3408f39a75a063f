import { type Actor, isAdmin } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden } from "../../domain/refusal.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { BookingFilter, BookingSort } from "../../ports/store.ts";
import type { Context } from "../context.ts";

/** A user's own bookings; all of the organization's for an admin. */
export async function list(
  context: Context,
  actor: Actor,
  filter: BookingFilter,
  page: PageRequest<BookingSort>,
): Promise<Page<Booking>> {
  authorize(actor, "listBookings");
  const { store } = context;
  if (isAdmin(actor)) return store.bookings.list(actor.organizationId, filter, page);
  if (filter.ownerId && filter.ownerId !== actor.userId)
    throw forbidden("Only admins list the bookings of others.");
  return store.bookings.list(actor.organizationId, { ...filter, ownerId: actor.userId }, page);
}
