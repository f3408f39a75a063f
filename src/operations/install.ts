import { createOrganization, defaultOrganization } from "../domain/organization.ts";
import type { Context } from "./context.ts";
import { settle } from "./settle.ts";

/** Makes the default organization where there is none; of several processes that try at once one does. */
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
