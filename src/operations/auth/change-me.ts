import type { Actor } from "../../domain/actor.ts";
import { changeUser, type User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { notFound } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** What people may change of themselves. */
export async function changeMe(context: Context, actor: Actor, patch: { name?: string }): Promise<User> {
  authorize(actor, "changeMe");
  const { store } = context;
  const { user } = await settle<{ user: User }>(store, {
    by: actor,
    decide: async () => {
      const before = await store.users.byId(actor.organizationId, actor.userId);
      if (!before) return notFound();
      return changeUser(byOf(context, actor), before, { patch });
    },
  });
  return user;
}
