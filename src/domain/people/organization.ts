import type { Change } from "../change.ts";
import { newEvent } from "../event.ts";

declare module "../change.ts" {
  interface Rows {
    organizations: Organization;
  }
}

/** The tenant. Every row belongs to one; a fresh install has one, `default`. */
export type Organization = {
  id: string;
  slug: string;
  name: string;
  /** Contains demo data, which can be removed again. Set on creation and never changed. */
  demo: boolean;
  createdAt: Date;
};

export const defaultOrganization = "default";

export function createOrganization(
  { eventId, ...fields }: Omit<Organization, "createdAt"> & { eventId: string },
  now: Date,
): { organization: Organization; change: Change } {
  const organization = { ...fields, createdAt: now };
  const event = newEvent(
    "organization",
    { id: organization.id, organizationId: organization.id, version: 1 },
    { id: eventId, type: "organization.created", actorId: null, data: { organization } },
    now,
  );
  return { organization, change: { insert: { organizations: [organization], events: [event] }, update: {} } };
}
