import { createOrganization, defaultOrganization } from "../domain/people/organization.ts";
import type { Context } from "./context.ts";
import { settle } from "./settle.ts";

/** Creates the default organization if there is none; if several processes try at once, one of them does. */
export async function install({
  store,
  clock,
  newId,
}: Pick<Context, "store" | "clock" | "newId">): Promise<void> {
  await settle<object>(store, {
    decide: async () => {
      if (await store.organizations.bySlug(defaultOrganization)) return { change: null };
      const fields = {
        id: newId(),
        slug: defaultOrganization,
        name: "Default",
        demo: false,
        eventId: newId(),
      };
      return createOrganization(fields, clock.now());
    },
  });
}
