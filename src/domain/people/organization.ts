import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { record } from "../event.ts";

declare module "../change.ts" {
  interface Rows {
    organizations: Organization;
  }
}

declare module "../event.ts" {
  interface EventData {
    "organization.created": { organization: Organization };
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
  by: By<Author>,
  fields: Omit<Organization, "createdAt">,
): { organization: Organization; change: Change } {
  const organization = { ...fields, createdAt: by.now };
  const subject = { id: organization.id, organizationId: organization.id, version: 1 };
  const event = record(by, subject, "organization.created", { organization });
  return { organization, change: { insert: { organizations: [organization], events: [event] } } };
}
