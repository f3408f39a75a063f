import type { Author } from "../../domain/actor.ts";
import { type Change, mergeChanges } from "../../domain/change.ts";
import { type Session, startSession } from "../../domain/people/session.ts";
import type { User } from "../../domain/people/user.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";

/**
 * A session of a user as they were read, refused at the commit if their password, role or status has changed since: a
 * caller who signed in with the old password or role must sign in again.
 */
export function openSession(
  context: Pick<Context, "newId" | "clock">,
  user: User,
  actor: Author = { userId: user.id },
): { session: Session; change: Change } {
  const { session, change } = startSession(byOf(context, actor), user);
  return { session, change: mergeChanges(change, requireCredentials(user)) };
}

/** Makes a change depend on a user's password, role and status as they were read. */
export function requireCredentials({ id: userId, credentialGeneration }: User): Change {
  return { requires: [{ userId, credentialGeneration }] };
}
