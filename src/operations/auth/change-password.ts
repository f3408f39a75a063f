import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Context } from "../context.ts";
import { setPassword } from "../users/set-password.ts";

/** Sets the caller's own password; every session except the caller's ends. */
export async function changePassword(
  context: Context,
  actor: Actor,
  { email }: User,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<void> {
  authorize(actor, "changePassword");
  const proof = { currentPassword, keepSessionId: actor.sessionId };
  await setPassword(context, { email, password: newPassword, actorId: actor.userId, proof });
}
