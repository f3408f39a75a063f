import type { Actor } from "../../domain/actor.ts";
import { forbidden, Refusal } from "../../domain/refusal.ts";
import { startSession } from "../../domain/session.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { get } from "./get.ts";

/**
 * A short access token for somebody's browser or socket, without a refresh token. Never for an admin: whoever may
 * ask for tokens must not become more than they are.
 */
export async function issueToken(
  context: Context,
  actor: Actor,
  id: string,
): Promise<{ accessToken: string; expiresIn: number }> {
  const { store, clock, newId, tokens } = context;
  const user = await get(context, actor, id);
  if (user.role === "admin") throw forbidden("There are no tokens on behalf of admins.");
  if (user.status !== "active") throw new Refusal("invalid_transition", "The user is disabled.", {});
  const { session } = await settle(store, {
    decide: async () => {
      const ids = { id: newId(), userId: user.id, organizationId: user.organizationId, eventId: newId() };
      return startSession({ ...ids, actorId: actor.userId }, clock.now());
    },
  });
  const accessToken = await tokens.signAccess(user, session, clock.now());
  return { accessToken, expiresIn: tokens.accessSeconds };
}
