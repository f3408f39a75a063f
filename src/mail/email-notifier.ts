import type { Mailer } from "../ports/mailer.ts";
import type { Notifier } from "../ports/notifier.ts";
import { reminderMail } from "./reminder-mail.ts";

/** Reminders by mail, to verified addresses. */
export function emailNotifier(mailer: Mailer): Notifier {
  return {
    cannotReach: ({ emailVerifiedAt }) =>
      emailVerifiedAt ? null : "The owner's email address is not verified.",
    send: (notification) => mailer.send(reminderMail(notification)),
  };
}
