import { Refusal } from "../../domain/refusal.ts";
import { endSession, judgeRefresh, rotateSession } from "../../domain/session.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";

/**
 * Spends a refresh token for a new pair. Spent again within ten seconds it gives the same successor; later it
 * was stolen or copied, and the whole family ends.
 */
export async function refresh(context: Context, refreshToken: string): Promise<SignedIn> {
  const { store, clock, newId, tokens } = context;
  const { sessionId, generation } = await tokens.verifyRefresh(refreshToken, clock.now());
  const settled = await settle(store, {
    decide: async () => {
      const found = await store.sessions.withUser(sessionId);
      if (!found || found.session.endedAt || found.user.status !== "active") {
        return endedSession(found?.session.endReason === "token_reused");
      }
      const verdict = judgeRefresh(found.session, generation, clock.now());
      if (verdict === "again") return { ...found, verdict, change: null };
      const next =
        verdict === "fresh"
          ? rotateSession(found.session, newId(), clock.now())
          : endSession(found.session, "token_reused", newId(), clock.now());
      return { user: found.user, verdict, ...next };
    },
  });
  if (settled.verdict === "reused") throw endedSession(true);
  return issueTokens(context, settled.user, settled.session);
}

function endedSession(reused: boolean): Refusal {
  return reused
    ? new Refusal(
        "token_reused",
        "This refresh token was used before, so its session has ended. Sign in again.",
        {},
      )
    : new Refusal("unauthenticated", "The session has ended. Sign in again.", {});
}
