import { nobody } from "../../domain/actor.ts";
import { defaultOrganization } from "../../domain/people/organization.ts";
import { createUser, type User } from "../../domain/people/user.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

type Needs = Pick<Context, "store" | "clock" | "passwords" | "newId">;

/** Creates an admin of the default organization; for the command line and the first start, not for the API. */
export async function createAdmin(
  needs: Needs,
  input: { email: string; name: string; password: string },
): Promise<User> {
  const { store, passwords, newId } = needs;
  const organization = await store.organizations.bySlug(defaultOrganization);
  if (!organization) throw new Error("The default organization is missing: migrate first.");
  const passwordHash = await passwords.hash(input.password);
  const { user } = await settle(store, {
    decide: async () =>
      createUser(byOf(needs, nobody), {
        id: newId(),
        calendarId: newId(),
        organizationId: organization.id,
        email: input.email,
        name: input.name,
        role: "admin",
        passwordHash,
        emailVerified: true,
      }),
  });
  return user;
}
