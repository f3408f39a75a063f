import { nobody } from "../domain/actor.ts";
import { createOrganization, defaultOrganization } from "../domain/people/organization.ts";
import { byOf } from "./by.ts";
import type { Context } from "./context.ts";
import { settle } from "./settle.ts";

/** Creates the default organization if there is none; if several processes try at once, one of them does. */
export async function install(needs: Pick<Context, "store" | "clock" | "newId">): Promise<void> {
  const { store, newId } = needs;
  await settle<object>(store, {
    decide: async () => {
      if (await store.organizations.bySlug(defaultOrganization)) return { change: null };
      const fields = { id: newId(), slug: defaultOrganization, name: "Default", demo: false };
      return createOrganization(byOf(needs, nobody), fields);
    },
  });
}
