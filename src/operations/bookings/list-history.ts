import type { Actor } from "../../domain/actor.ts";
import type { BookingEvent, VersionedEvent } from "../../domain/event.ts";
import { isAboutBooking } from "../../domain/rooms.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";
import { get } from "./get.ts";

/** The changes of a booking that the actor may see, the oldest first. */
export async function listHistory(
  context: Context,
  actor: Actor,
  id: string,
  page: PageRequest<"version">,
): Promise<Page<VersionedEvent & BookingEvent>> {
  const booking = await get(context, actor, id);
  const found = await context.store.events.ofSubject(actor.organizationId, booking.id, page);
  return { ...found, rows: found.rows.filter(isAboutBooking) };
}
