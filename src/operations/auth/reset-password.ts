import { badLink } from "../../domain/people/link.ts";
import type { Context } from "../context.ts";
import { setPassword } from "../users/set-password.ts";

/** Sets a new password with a mailed link. Every session ends, and the address counts as verified. */
export async function resetPassword(
  context: Context,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<void> {
  const { store, clock, tokens } = context;
  const { linkId } = await tokens.verifyLink(token, "reset_password", clock.now()).catch(() => {
    throw badLink();
  });
  const found = await store.links.withUser(linkId);
  if (!found) throw badLink();
  const { id: actorId, email } = found.user;
  await setPassword(context, { email, password: newPassword, actorId, proof: { linkId } });
}
