import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { channelOf, type Reminder, reminderKinds } from "../../domain/reminders/reminder.ts";
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
  const rows = found.rows as Reminder[];
  return { ...found, rows: context.sendsMail ? rows : rows.map(withoutMail) };
}

/** Says in advance what a worker would find out when the time has come. */
function withoutMail(reminder: Reminder): Reminder {
  if (reminder.state !== "scheduled" || channelOf(reminder.kind) !== "email") return reminder;
  return { ...reminder, reason: "This installation sends no mail, so the reminder will be skipped." };
}
