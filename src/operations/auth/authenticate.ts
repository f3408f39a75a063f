import type { Actor } from "../../domain/actor.ts";
import { isLive } from "../../domain/people/session.ts";
import type { User } from "../../domain/people/user.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { requireReadableLog } from "./require-readable-log.ts";

/** Whom an access token acts for, now: its session must be live. */
export async function authenticate(
  context: Context,
  accessToken: string,
): Promise<{ actor: Actor; user: User; expiresAt: Date }> {
  const { store, clock, tokens } = context;
  const claims = await tokens.verifyAccess(accessToken, clock.now());
  requireReadableLog(context);
  const found = await store.sessions.withUser(claims.sessionId);
  if (!found || !isLive(found) || found.user.id !== claims.userId) {
    throw new Refusal("unauthenticated", "The session behind this token has ended. Sign in again.", {});
  }
  const { id: userId, organizationId, role, credentialGeneration } = found.user;
  return {
    user: found.user,
    expiresAt: claims.expiresAt,
    actor: { organizationId, userId, role, sessionId: found.session.id, credentialGeneration },
  };
}
