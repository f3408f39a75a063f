import { Refusal } from "../../domain/refusal.ts";
import { startSession } from "../../domain/session.ts";
import type { Role } from "../../domain/user.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";

/**
 * Starts a session. An unknown email, a wrong password, a disabled user, and one of another role than `only`, get one
 * answer, after the same work.
 */
export async function login(
  context: Context,
  input: { email: string; password: string },
  only?: Role,
): Promise<SignedIn> {
  const { store, clock, newId, passwords } = context;
  const user = await store.users.byEmail(input.email);
  const verified = await passwords.verify(input.password, user?.passwordHash ?? null);
  const admitted = user?.status === "active" && (only === undefined || user.role === only);
  if (!user || !verified || !admitted) {
    throw new Refusal("invalid_credentials", "The email or the password is wrong.", {});
  }
  const { session } = await settle(store, {
    decide: async () =>
      startSession(
        { id: newId(), userId: user.id, organizationId: user.organizationId, eventId: newId() },
        clock.now(),
      ),
  });
  context.onPasswordSignIn(user.email);
  return issueTokens(context, user, session);
}
