import type { Session } from "../../domain/people/session.ts";
import type { Role, User } from "../../domain/people/user.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";
import { openSession } from "./open-session.ts";

/**
 * Starts a session. An unknown email, a wrong password, a disabled user, and one of another role than `only`, get one
 * answer, after the same work.
 */
export async function login(
  context: Context,
  input: { email: string; password: string },
  only?: Role,
): Promise<SignedIn> {
  const { store, passwords } = context;
  const { user, session } = await settle<{ user: User; session: Session }>(store, {
    // Once more when the password, the role or the status changes meanwhile.
    decide: async () => {
      const user = await store.users.byEmail(input.email);
      const verified = await passwords.verify(input.password, user?.passwordHash ?? null);
      const admitted = user?.status === "active" && (only === undefined || user.role === only);
      if (!user || !verified || !admitted) {
        return new Refusal("invalid_credentials", "The email or the password is wrong.", {});
      }
      return { user, ...openSession(context, user) };
    },
  });
  context.onPasswordSignIn(user.email);
  return issueTokens(context, user, session);
}
