import type { Actor } from "../../domain/actor.ts";
import { closeAccount } from "../../domain/people/erasure.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { notFound } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { cancelAhead, finishErasure } from "./finish-erasure.ts";

/**
 * Forgets a person: closes the account, cancels upcoming bookings, and redacts every trace after the answer. What
 * happened, when and in which order stays. For the person and for admins; the last active admin stays. Repeated for an
 * account that is closed but not yet redacted, it continues the erasure.
 */
export async function erase(context: Context, actor: Actor, id: string): Promise<void> {
  authorize(actor, actor.userId === id ? "eraseMe" : "eraseUser");
  const user = await close(context, actor, id);
  await cancelAhead(context, user, actor.userId);
  context.later(() => finishErasure(context, user));
}

/** First the account, so that nothing new comes while the rest is done: from here on, the database refuses it. */
async function close(context: Context, actor: Actor, id: string): Promise<User> {
  const { store } = context;
  const { user } = await settle<{ user: User }>(store, {
    by: actor,
    decide: async () => {
      const found = await store.users.byId(actor.organizationId, id);
      if (!found || found.redactedAt) return notFound();
      if (found.erasedAt) return { user: found, change: null };
      return closeAccount(byOf(context, actor), found);
    },
  });
  return user;
}
