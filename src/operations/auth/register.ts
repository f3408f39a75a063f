import { mergeChanges } from "../../domain/change.ts";
import { planLink } from "../../domain/people/link.ts";
import { defaultOrganization } from "../../domain/people/organization.ts";
import { startSession } from "../../domain/people/session.ts";
import { createUser } from "../../domain/people/user.ts";
import { forbidden } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { issueTokens, type SignedIn } from "./issue-tokens.ts";

/** Creates an account, its calendar and a first session, and mails a link to the address. The role is always `user`. */
export async function register(
  context: Context,
  input: { email: string; password: string; name: string },
): Promise<SignedIn> {
  const { store, newId, passwords } = context;
  if (context.registration === "closed")
    throw forbidden("Registration is closed. Ask an admin for an account.");
  const organization = await store.organizations.bySlug(defaultOrganization);
  if (!organization) throw new Error("The default organization is missing.");
  const passwordHash = await passwords.hash(input.password);
  const settled = await settle(store, {
    decide: async () => {
      const id = newId();
      const by = byOf(context, { userId: id });
      const { user, change } = createUser(by, {
        id,
        calendarId: newId(),
        organizationId: organization.id,
        email: input.email,
        name: input.name,
        role: "user",
        passwordHash,
        emailVerified: false,
      });
      const started = startSession(by, user);
      const mail = context.sendsMail ? planLink(by, user, { purpose: "verify_email", unused: [] }) : null;
      const all = mergeChanges(change, started.change, mail?.change ?? null);
      return { user, session: started.session, change: all };
    },
  });
  return issueTokens(context, settled.user, settled.session);
}
