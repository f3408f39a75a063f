import type { Actor } from "../../domain/actor.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { User } from "../../domain/user.ts";
import type { Context } from "../context.ts";
import { setPassword } from "../users/set-password.ts";

/** Sets one's own password; every session but the caller's ends. */
export async function changePassword(
  context: Context,
  actor: Actor,
  user: User,
  input: { currentPassword: string; newPassword: string },
): Promise<void> {
  if (!(await context.passwords.verify(input.currentPassword, user.passwordHash))) {
    throw new Refusal("invalid_credentials", "The current password is wrong.", {});
  }
  await setPassword(context, {
    email: user.email,
    password: input.newPassword,
    actorId: actor.userId,
    keepSessionId: actor.sessionId,
  });
}
