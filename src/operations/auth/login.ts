import { Refusal } from "../../domain/refusal.ts";
import { startSession } from "../../domain/session.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";

/** Starts a session. An unknown email, a wrong password and a disabled user get one answer, after the same work. */
export async function login(context: Context, input: { email: string; password: string }): Promise<SignedIn> {
  const { store, clock, newId, passwords } = context;
  const user = await store.users.byEmail(input.email);
  const verified = await passwords.verify(input.password, user?.passwordHash ?? null);
  if (!user || !verified || user.status !== "active") {
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
