import { mergeChanges } from "../../domain/change.ts";
import { endSession, isLive, judgeRefresh, rotateSession } from "../../domain/people/session.ts";
import { endedSession, Refusal } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";
import { requireCredentials } from "./open-session.ts";

/**
 * Exchanges a refresh token for a new pair. Used again within ten seconds, it returns the same successor; later it was
 * stolen or copied, and the whole family ends.
 */
export async function refresh(context: Context, refreshToken: string): Promise<SignedIn> {
  const { store, clock, tokens } = context;
  const { sessionId, generation } = await tokens.verifyRefresh(refreshToken, clock.now());
  const settled = await settle(store, {
    decide: async () => {
      const found = await store.sessions.withUser(sessionId);
      if (!found || !isLive(found)) {
        return found?.session.endReason === "token_reused" ? tokenReused() : endedSession();
      }
      const by = byOf(context, { userId: found.user.id });
      const verdict = judgeRefresh(found.session, generation, by.now);
      if (verdict === "again") return { ...found, verdict, change: null };
      if (verdict === "reused") {
        const { change } = endSession(by, found.session, { reason: "token_reused" });
        return { ...found, verdict, change };
      }
      const { session, change } = rotateSession(by, found.session);
      return { ...found, session, verdict, change: mergeChanges(change, requireCredentials(found.user)) };
    },
  });
  if (settled.verdict === "reused") throw tokenReused();
  return issueTokens(context, settled.user, settled.session);
}

function tokenReused(): Refusal<"token_reused"> {
  const detail = "This refresh token was used before, so its session has ended. Sign in again.";
  return new Refusal("token_reused", detail, {});
}
