import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { type Reminder, reminderKinds } from "../../domain/reminders/reminder.ts";
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
  const about = { subjectId: booking.id, kinds: reminderKinds };
  const found = await context.store.tasks.ofSubject(actor.organizationId, about, page);
  return { ...found, rows: found.rows as Reminder[] };
}
