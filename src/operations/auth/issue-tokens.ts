import type { Session } from "../../domain/people/session.ts";
import type { User } from "../../domain/people/user.ts";
import type { Context } from "../context.ts";

/** What a sign-in gives: the person, and the two tokens. */
export type SignedIn = { user: User; accessToken: string; refreshToken: string; expiresIn: number };

export async function issueTokens(
  { tokens, clock }: Context,
  user: User,
  session: Session,
): Promise<SignedIn> {
  const [accessToken, refreshToken] = await Promise.all([
    tokens.signAccess(user, session, clock.now()),
    tokens.signRefresh(session),
  ]);
  return { user, accessToken, refreshToken, expiresIn: tokens.accessSeconds };
}
