import { newEvent } from "../domain/event.ts";
import { defaultOrganization, type Organization } from "../domain/organization.ts";
import type { Context } from "./context.ts";

/** Makes the default organization where there is none; of several processes that try at once one does. */
export async function install({
  store,
  clock,
  newId,
}: Pick<Context, "store" | "clock" | "newId">): Promise<void> {
  if (await store.organizations.bySlug(defaultOrganization)) return;
  const now = clock.now();
  const organization: Organization = {
    id: newId(),
    slug: defaultOrganization,
    name: "Default",
    createdAt: now,
  };
  const event = newEvent(
    "organization",
    { ...organization, organizationId: organization.id, version: 1 },
    { id: newId(), type: "organization.created", actorId: null, data: { organization } },
    now,
  );
  await store.commit({ insert: { organizations: [organization], events: [event] }, update: {} });
}
