import type { User } from "../../domain/people/user.ts";
import { forbidden } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { requestMail } from "./request-mail.ts";

/** Sends the link that verifies the caller's address again; sends nothing if the address is verified. */
export async function requestVerification(context: Context, user: User): Promise<void> {
  if (!context.sendsMail) throw forbidden("This installation sends no mail.");
  if (!user.emailVerifiedAt) await requestMail(context, user, "verify_email");
}
