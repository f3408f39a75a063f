import type { Actor } from "../../domain/actor.ts";
import type { Session } from "../../domain/session.ts";
import type { Context } from "../context.ts";

/** One's own open sessions whose refresh token is still good, the latest first. */
export async function listSessions({ store, clock, tokens }: Context, actor: Actor): Promise<Session[]> {
  const open = await store.sessions.openOf(actor.userId);
  const oldest = clock.now().getTime() - tokens.refreshSeconds * 1000;
  return open
    .filter((session) => session.rotatedAt.getTime() > oldest)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}
