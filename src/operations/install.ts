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
  const event = {
    id: newId(),
    organizationId: organization.id,
    subjectType: "organization" as const,
    subjectId: organization.id,
    version: 1,
    type: "organization.created" as const,
    actorId: null,
    data: { organization },
    time: now,
  };
  await store.commit({ insert: { organizations: [organization], events: [event] }, update: {} });
}
