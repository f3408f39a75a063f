import type { Actor } from "../../domain/actor.ts";
import type { BookingEvent, VersionedEvent } from "../../domain/event.ts";
import { authorize } from "../../domain/permissions.ts";
import { isAboutBooking } from "../../domain/rooms.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";
import { visibleBooking } from "./visible-booking.ts";

/** The changes of a booking that the actor may see, the oldest first. */
export async function listHistory(
  context: Context,
  actor: Actor,
  id: string,
  page: PageRequest<"version">,
): Promise<Page<VersionedEvent & BookingEvent>> {
  authorize(actor, "getBookingHistory");
  const booking = await visibleBooking(context.store, actor, id);
  const found = await context.store.events.ofSubject(actor.organizationId, booking.id, page);
  return { ...found, rows: found.rows.filter(isAboutBooking) };
}
