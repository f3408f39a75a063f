import type { Actor } from "../../domain/actor.ts";
import { mergeChanges } from "../../domain/change.ts";
import { endSession as end, isLive, keepSession } from "../../domain/people/session.ts";
import { endAllSessions } from "../../domain/people/user.ts";
import { endedSession, notFound } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Ends one of one's own sessions. */
export async function endSession({ store, clock, newId }: Context, actor: Actor, id: string): Promise<void> {
  await settle<object>(store, {
    decide: async () => {
      const found = await store.sessions.withUser(id);
      if (found?.user.id !== actor.userId || !isLive(found)) return notFound();
      return { change: end(found.session, "logout", newId(), clock.now()).change };
    },
  });
}

/** Ends all of the caller's sessions except the current one. */
export async function endOtherSessions({ store, clock, newId }: Context, actor: Actor): Promise<void> {
  await settle<object>(store, {
    decide: async () => {
      const found = await store.sessions.withUser(actor.sessionId);
      if (!found || !isLive(found)) return endedSession();
      const { session, user: before } = found;
      const by = { actorId: actor.userId, eventId: newId(), keptSessionId: session.id };
      const { user, change } = endAllSessions(before, by, clock.now());
      return { change: mergeChanges(change, keepSession(session, user, newId(), clock.now()).change) };
    },
  });
}
