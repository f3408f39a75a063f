import { forbidden } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { requestMail } from "./request-mail.ts";

/**
 * Mails a link for a new password to an account that has one. Neither the answer nor its duration shows whether the
 * account exists: all of the work happens after the answer.
 */
export function forgotPassword(context: Context, email: string): void {
  if (!context.sendsMail)
    throw forbidden(
      "This installation does not send mail. Ask its operator for a new password (on a server, `booking admin reset-password`).",
    );
  context.later(async () => {
    const user = await context.store.users.byEmail(email);
    if (user?.passwordHash && user.status === "active") await requestMail(context, user, "reset_password");
  });
}
