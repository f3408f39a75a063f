import { createOrganization, defaultOrganization } from "../domain/organization.ts";
import type { Context } from "./context.ts";

/** Makes the default organization where there is none; of several processes that try at once one does. */
export async function install({
  store,
  clock,
  newId,
}: Pick<Context, "store" | "clock" | "newId">): Promise<void> {
  if (await store.organizations.bySlug(defaultOrganization)) return;
  const fields = { id: newId(), slug: defaultOrganization, name: "Default", demo: false, eventId: newId() };
  await store.commit(createOrganization(fields, clock.now()).change);
}
