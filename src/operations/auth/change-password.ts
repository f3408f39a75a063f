import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import type { Context } from "../context.ts";
import { setPassword } from "../users/set-password.ts";

/** Sets the caller's own password; every session except the caller's ends. */
export async function changePassword(
  context: Context,
  { userId: actorId, sessionId: keepSessionId }: Actor,
  { email }: User,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<void> {
  const proof = { currentPassword, keepSessionId };
  await setPassword(context, { email, password: newPassword, actorId, proof });
}
