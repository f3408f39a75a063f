import { type Change, mergeChanges } from "../../domain/change.ts";
import { refuseLink, spendMails } from "../../domain/mail.ts";
import { notFound } from "../../domain/refusal.ts";
import { endSession } from "../../domain/session.ts";
import { changeUser, type User } from "../../domain/user.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

type Needs = Pick<Context, "store" | "clock" | "passwords" | "newId">;

type Input = {
  email: string;
  password: string;
  actorId: string | null;
  keepSessionId?: string;
  /** The mail whose link is spent for it: it must still be good, and it shows that the address is theirs. */
  linkId?: string;
};

/** Gives a user a new password, ends every session but `keepSessionId`, and outdates every link for another one. */
export async function setPassword(
  { store, clock, passwords, newId }: Needs,
  { email, password, actorId, keepSessionId, linkId }: Input,
): Promise<User> {
  const passwordHash = await passwords.hash(password);
  const { user } = await settle(store, {
    decide: async () => {
      const found = await store.users.byEmail(email);
      if (!found) return notFound();
      const now = clock.now();
      const links = (await store.mails.unusedOf(found.id)).filter(
        (mail) => mail.purpose === "reset_password",
      );
      if (linkId) {
        const refusal = refuseLink(links.find((mail) => mail.id === linkId) ?? null, "reset_password", now);
        if (refusal) return refusal;
      }
      const proven = linkId ? { emailVerifiedAt: found.emailVerifiedAt ?? now } : {};
      const patch = { passwordHash, ...proven };
      const changed = changeUser(found, { patch, actorId, eventId: newId() }, now);
      const open = await store.sessions.openOf(found.id);
      const ended: Change[] = open
        .filter((session) => session.id !== keepSessionId)
        .map((session) => endSession(session, "password_changed", newId(), now).change);
      const own = changed.change ? [changed.change] : [];
      return { user: changed.user, change: mergeChanges(...own, ...ended, spendMails(links, now)) };
    },
  });
  return user;
}
