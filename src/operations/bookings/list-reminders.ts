import type { Actor } from "../../domain/actor.ts";
import type { Reminder } from "../../domain/deliveries/reminder.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";
import { visibleBooking } from "./visible-booking.ts";

/** The reminders of a booking that the actor may see, planned and past, in the order of their times. */
export async function listReminders(
  context: Context,
  actor: Actor,
  id: string,
  page: PageRequest<"dueAt">,
): Promise<Page<Reminder>> {
  authorize(actor, "getBookingReminders");
  const booking = await visibleBooking(context.store, actor, id);
  return context.store.reminders.ofBooking(actor.organizationId, booking.id, page);
}
