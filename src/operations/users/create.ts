import type { Actor } from "../../domain/actor.ts";
import { createUser, type User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";

/** An account without a password, for someone who signs in elsewhere. */
export async function create(
  context: Context,
  actor: Actor,
  input: { email: string; name: string; externalId: string | null },
  keep?: KeepReceipt<User>,
): Promise<User> {
  authorize(actor, "createUser");
  const { store, newId } = context;
  const { user } = await settle<{ user: User }>(store, {
    by: actor,
    decide: async () =>
      createUser(byOf(context, actor), {
        ...input,
        id: newId(),
        calendarId: newId(),
        organizationId: actor.organizationId,
        role: "user",
        passwordHash: null,
        emailVerified: true,
      }),
    receipt: keep && (({ user }) => keep(user)),
  });
  return user;
}
