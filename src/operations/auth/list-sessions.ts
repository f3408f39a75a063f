import type { Actor } from "../../domain/actor.ts";
import type { Session } from "../../domain/people/session.ts";
import type { Context } from "../context.ts";

const maxSessions = 100;

/** The caller's live sessions whose refresh token is still valid: the latest 100, the latest first. */
export async function listSessions({ store, clock, tokens }: Context, actor: Actor): Promise<Session[]> {
  const user = await store.users.byId(actor.organizationId, actor.userId);
  const since = new Date(clock.now().getTime() - tokens.refreshSeconds * 1000);
  return user ? store.sessions.current(user, since, maxSessions) : [];
}
