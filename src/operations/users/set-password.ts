import { mergeChanges } from "../../domain/change.ts";
import { badLink, refuseLink, spendLinks } from "../../domain/people/link.ts";
import { isLive, keepSession, type Session } from "../../domain/people/session.ts";
import { changeUser, type User } from "../../domain/people/user.ts";
import { endedSession, notFound, Refusal } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

type Needs = Pick<Context, "store" | "clock" | "passwords" | "newId">;

type Input = {
  email: string;
  password: string;
  actorId: string | null;
  /** The user's proof, one of the two; neither when an operator does it. */
  proof?:
    | { currentPassword: string; keepSessionId: string }
    /** The link that is used for it, which also proves that the address is theirs. */
    | { linkId: string };
};

/**
 * Gives a user a new password, ends every session except the caller's, and invalidates every link for another one. Each
 * decision checks the caller's proof against what is stored then.
 */
export async function setPassword(needs: Needs, input: Input): Promise<User> {
  const { store, passwords } = needs;
  const { email, password, actorId, proof } = input;
  let passwordHash: string | undefined;
  const { user } = await settle<{ user: User }>(store, {
    decide: async () => {
      const found = await store.users.byEmail(email);
      if (!found) return noSuchAccount(proof);
      const judged = await judge(needs, found, proof);
      if (judged instanceof Refusal) return judged;
      passwordHash ??= await passwords.hash(password);
      const by = byOf(needs, { userId: actorId });
      const { session: kept, proven } = judged;
      const patch = { passwordHash, ...proven };
      const { user, change } = changeUser(by, found, { patch, keptSessionId: kept?.id });
      const keeping = kept ? keepSession(by, kept, user).change : null;
      const links = await resetLinks(needs, found);
      return { user, change: mergeChanges(change, keeping, spendLinks(links, by.now)) };
    },
  });
  return user;
}

/** The account was erased since the caller was admitted, or never existed. */
function noSuchAccount(proof: Input["proof"]): Refusal {
  if (!proof) return notFound();
  return "linkId" in proof ? badLink() : endedSession();
}

type Judged = { session?: Session; proven?: Pick<User, "emailVerifiedAt"> };

async function judge(needs: Needs, user: User, proof: Input["proof"]): Promise<Judged | Refusal> {
  const { store, clock, passwords } = needs;
  if (!proof) return {};
  if ("currentPassword" in proof) {
    // Read next to the user, before the time that a verification takes: the two belong to one moment.
    const session = await store.sessions.byId(proof.keepSessionId);
    if (!(await passwords.verify(proof.currentPassword, user.passwordHash))) {
      return new Refusal("invalid_credentials", "The current password is wrong.", {});
    }
    return session && isLive({ session, user }) ? { session } : endedSession();
  }
  const link = (await resetLinks(needs, user)).find(({ id }) => id === proof.linkId) ?? null;
  const refusal = user.status === "active" ? refuseLink(link, "reset_password", clock.now()) : badLink();
  return refusal ?? { proven: { emailVerifiedAt: user.emailVerifiedAt ?? clock.now() } };
}

async function resetLinks({ store }: Needs, user: User) {
  const unused = await store.links.unusedOf(user.id);
  return unused.filter(({ purpose }) => purpose === "reset_password");
}
