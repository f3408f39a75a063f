import type { Actor } from "../../domain/actor.ts";
import type { Session } from "../../domain/people/session.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Context } from "../context.ts";

const maxSessions = 100;

/** The caller's live sessions whose refresh token is still valid: the latest 100, the latest first. */
export async function listSessions(context: Context, actor: Actor): Promise<Session[]> {
  authorize(actor, "listSessions");
  const { store, clock, tokens } = context;
  const user = await store.users.byId(actor.organizationId, actor.userId);
  const since = new Date(clock.now().getTime() - tokens.refreshSeconds * 1000);
  return user ? store.sessions.current(user, since, maxSessions) : [];
}
