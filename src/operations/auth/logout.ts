import { endSession } from "../../domain/people/session.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Ends the session of a refresh token of any generation; an ended session stays ended. */
export async function logout(context: Context, refreshToken: string): Promise<void> {
  const { store, clock, tokens } = context;
  const { sessionId } = await tokens.verifyRefresh(refreshToken, clock.now());
  await settle<object>(store, {
    decide: async () => {
      const session = await store.sessions.byId(sessionId);
      if (!session || session.endedAt) return { change: null };
      return endSession(byOf(context, { userId: session.userId }), session, { reason: "logout" });
    },
  });
}
