import type { Actor } from "../../domain/actor.ts";
import type { Session } from "../../domain/people/session.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden, Refusal } from "../../domain/refusal.ts";
import { openSession } from "../auth/open-session.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { colleague } from "./colleague.ts";

/**
 * A short-lived access token for somebody's browser or socket, without a refresh token. Never for an admin: a caller
 * who may request tokens must not gain more rights that way.
 */
export async function issueToken(
  context: Context,
  actor: Actor,
  id: string,
): Promise<{ accessToken: string; expiresIn: number }> {
  authorize(actor, "createUserToken");
  const { store, clock, tokens } = context;
  const { user, session } = await settle<{ user: User; session: Session }>(store, {
    by: actor,
    decide: async () => {
      const user = await colleague(store, actor, id);
      if (user.role === "admin") {
        return forbidden("No token can be issued for an admin. Admins sign in with their own password.");
      }
      if (user.status !== "active") {
        const detail = "The user is disabled. Set their status to active first, then ask for the token.";
        return new Refusal("invalid_transition", detail, {});
      }
      return { user, ...openSession(context, user, actor) };
    },
  });
  const accessToken = await tokens.signAccess(user, session, clock.now());
  return { accessToken, expiresIn: tokens.accessSeconds };
}
