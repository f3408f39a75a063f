import type { Actor } from "../../domain/actor.ts";
import { mergeChanges } from "../../domain/change.ts";
import { notFound } from "../../domain/refusal.ts";
import { endSession } from "../../domain/session.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Ends one of one's own sessions; without an id all but the one that asks. */
export async function endSessions(context: Context, actor: Actor, id?: string): Promise<void> {
  const { store, clock, newId } = context;
  await settle<object>(store, {
    decide: async () => {
      const open = await store.sessions.openOf(actor.userId);
      const chosen = open.filter((session) => (id ? session.id === id : session.id !== actor.sessionId));
      if (id && chosen.length === 0) return notFound();
      const ended = chosen.map((session) => endSession(session, "logout", newId(), clock.now()).change);
      return { change: mergeChanges(...ended) };
    },
  });
}
