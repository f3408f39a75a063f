import { type Actor, isKey } from "../../domain/actor.ts";
import { changeUser, erasedUser, type User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { colleague } from "./colleague.ts";

export type ChangeUser = Partial<Pick<User, "name" | "role" | "status">>;

/** Changes a user. Another role or status ends their sessions; the database keeps the last active admin. */
export async function change(context: Context, actor: Actor, id: string, patch: ChangeUser): Promise<User> {
  authorize(actor, "changeUser");
  const { store } = context;
  const { user } = await settle<{ user: User }>(store, {
    by: actor,
    decide: async () => {
      const before = await colleague(store, actor, id);
      // A key must not become more than it is, by an admin of its making.
      if (isKey(actor) && (patch.role || before.role === "admin")) {
        return forbidden("Admins and roles are changed by admins, not by API keys.");
      }
      if (before.erasedAt) return erasedUser();
      return changeUser(byOf(context, actor), before, { patch });
    },
  });
  return user;
}
