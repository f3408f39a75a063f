import { type Actor, type By, isAdmin, mayManage } from "../actor.ts";
import type { Change } from "../change.ts";
import { type Changes, diff, record } from "../event.ts";
import { forbidden, type Refusal } from "../refusal.ts";

declare module "../change.ts" {
  interface Rows {
    resources: Resource;
  }
}

declare module "../event.ts" {
  interface EventData {
    "resource.created": { resource: Resource };
    "resource.updated": { resource: Resource; changes: Changes };
    "resource.deleted": Record<never, never>;
  }
}

export type Metadata = Record<string, string | number | boolean>;

/** What is booked: a room, a person, a piece of equipment, or the calendar that every user owns. */
export type Resource = {
  id: string;
  organizationId: string;
  name: string;
  description: string | null;
  /** IANA name. */
  timezone: string;
  /** How much of it can be booked at the same instant, 1 to 10,000. */
  capacity: number;
  kind: "resource" | "calendar";
  /** The user whose calendar it is; null for shared resources. */
  ownerId: string | null;
  metadata: Metadata;
  /** Raised by every change that may narrow when it is open. */
  rulesVersion: number;
  version: number;
  deletedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

export type ResourceFields = Pick<Resource, "name" | "description" | "timezone" | "capacity" | "metadata">;

/** Shared resources are for everyone in the organization; a calendar is for its owner and admins. */
export function maySeeResource(actor: Actor, resource: Resource): boolean {
  if (resource.organizationId !== actor.organizationId || resource.deletedAt) return false;
  return resource.kind === "resource" || mayManage(actor, resource);
}

export function newCalendar(
  owner: { id: string; organizationId: string; calendarId: string; name: string },
  now: Date,
): Resource {
  return {
    id: owner.calendarId,
    organizationId: owner.organizationId,
    name: `Calendar of ${owner.name}`,
    description: null,
    timezone: "UTC",
    capacity: 1,
    kind: "calendar",
    ownerId: owner.id,
    metadata: {},
    rulesVersion: 1,
    version: 1,
    deletedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

type Decided = { resource: Resource; change: Change };

export function createResource(by: By, fields: ResourceFields): Decided {
  const resource: Resource = {
    id: by.newId(),
    organizationId: by.actor.organizationId,
    ...fields,
    kind: "resource",
    ownerId: null,
    rulesVersion: 1,
    version: 1,
    deletedAt: null,
    createdAt: by.now,
    updatedAt: by.now,
  };
  const events = [record(by, resource, "resource.created", { resource })];
  return { resource, change: { insert: { resources: [resource], events } } };
}

/** The resource with some fields changed; the same one, and no change, when nothing is different. */
export function changeResource(
  by: By,
  before: Resource,
  { patch }: { patch: Partial<ResourceFields> },
): Decided | { resource: Resource; change: null } | Refusal {
  const refusal = refuseChange(by.actor, before, patch);
  if (refusal) return refusal;
  const resource: Resource = { ...before, ...patch, version: before.version + 1, updatedAt: by.now };
  const changes = diff(before, resource);
  if (Object.keys(changes).length === 0) return { resource: before, change: null };
  const event = record(by, resource, "resource.updated", { resource, changes });
  return { resource, change: { insert: { events: [event] }, update: { resources: [resource] } } };
}

export function deleteResource(by: By, before: Resource): Decided | Refusal {
  if (before.kind === "calendar") return forbidden("A calendar can't be deleted separately from its owner.");
  const resource = { ...before, version: before.version + 1, deletedAt: by.now, updatedAt: by.now };
  const event = record(by, resource, "resource.deleted", {});
  return { resource, change: { insert: { events: [event] }, update: { resources: [resource] } } };
}

function refuseChange(actor: Actor, resource: Resource, patch: Partial<ResourceFields>): Refusal | null {
  const onlyTimezone = Object.keys(patch).every((key) => key === "timezone");
  if (resource.kind === "calendar" && !onlyTimezone) {
    return forbidden("Only a calendar's time zone can be changed.");
  }
  if (resource.kind === "resource" && !isAdmin(actor)) return forbidden("Only admins change resources.");
  return null;
}
