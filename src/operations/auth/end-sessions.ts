import type { Actor } from "../../domain/actor.ts";
import { mergeChanges } from "../../domain/change.ts";
import { endSession as end, isLive, keepSession } from "../../domain/people/session.ts";
import { endAllSessions } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { endedSession, notFound } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Ends one of one's own sessions. */
export async function endSession(context: Context, actor: Actor, id: string): Promise<void> {
  authorize(actor, "endSession");
  const { store } = context;
  await settle<object>(store, {
    decide: async () => {
      const found = await store.sessions.withUser(id);
      if (found?.user.id !== actor.userId || !isLive(found)) return notFound();
      return end(byOf(context, actor), found.session, { reason: "logout" });
    },
  });
}

/** Ends all of the caller's sessions except the current one. */
export async function endOtherSessions(context: Context, actor: Actor): Promise<void> {
  authorize(actor, "endOtherSessions");
  const { store } = context;
  await settle<object>(store, {
    decide: async () => {
      const found = await store.sessions.withUser(actor.sessionId);
      if (!found || !isLive(found)) return endedSession();
      const { session, user: before } = found;
      const by = byOf(context, actor);
      const { user, change } = endAllSessions(by, before, { keptSessionId: session.id });
      return { change: mergeChanges(change, keepSession(by, session, user).change) };
    },
  });
}
