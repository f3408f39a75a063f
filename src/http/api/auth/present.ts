import type { Actor } from "../../../domain/actor.ts";
import type { Session } from "../../../domain/people/session.ts";
import type { SignedIn } from "../../../operations/auth/issue-tokens.ts";
import { presentUser } from "../users/present.ts";

export function presentSignedIn({ user, accessToken, refreshToken, expiresIn }: SignedIn) {
  return { user: presentUser(user), accessToken, refreshToken, tokenType: "Bearer" as const, expiresIn };
}

export function presentSession({ id, createdAt, rotatedAt }: Session, actor: Actor) {
  return {
    id,
    current: id === actor.sessionId,
    createdAt: createdAt.toISOString(),
    refreshedAt: rotatedAt.toISOString(),
  };
}
