import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { requestMail } from "./request-mail.ts";

/** Sends the link that verifies the caller's address again; sends nothing if the address is verified. */
export async function requestVerification(context: Context, actor: Actor, user: User): Promise<void> {
  authorize(actor, "requestVerification");
  if (!context.sendsMail) throw forbidden("This installation does not send mail.");
  if (!user.emailVerifiedAt) await requestMail(context, user, "verify_email");
}
