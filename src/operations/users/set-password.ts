import { type Change, mergeChanges } from "../../domain/change.ts";
import { notFound } from "../../domain/refusal.ts";
import { endSession } from "../../domain/session.ts";
import { changeUser, type User } from "../../domain/user.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

type Needs = Pick<Context, "store" | "clock" | "passwords" | "newId">;

/** Gives a user a new password and ends every session but `keepSessionId`. */
export async function setPassword(
  { store, clock, passwords, newId }: Needs,
  input: { email: string; password: string; actorId: string | null; keepSessionId?: string },
): Promise<User> {
  const passwordHash = await passwords.hash(input.password);
  const { user } = await settle(store, {
    decide: async () => {
      const found = await store.users.byEmail(input.email);
      if (!found) return notFound();
      const now = clock.now();
      const changed = changeUser(
        found,
        { patch: { passwordHash }, actorId: input.actorId, eventId: newId() },
        now,
      );
      const open = await store.sessions.openOf(found.id);
      const ended: Change[] = open
        .filter((session) => session.id !== input.keepSessionId)
        .map((session) => endSession(session, "password_changed", newId(), now).change);
      return {
        user: changed.user,
        change: mergeChanges(...(changed.change ? [changed.change] : []), ...ended),
      };
    },
  });
  return user;
}
