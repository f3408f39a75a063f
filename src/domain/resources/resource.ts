import { type Actor, isAdmin, mayManage } from "../actor.ts";
import type { Change } from "../change.ts";
import { changesBetween, type EventType, newEvent } from "../event.ts";
import { forbidden, type Refusal } from "../refusal.ts";

declare module "../change.ts" {
  interface Rows {
    resources: Resource;
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
    version: 1,
    deletedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

type Decided = { resource: Resource; change: Change };

export function createResource(
  actor: Actor,
  command: { id: string; fields: ResourceFields; eventId: string },
  now: Date,
): Decided {
  const resource: Resource = {
    id: command.id,
    organizationId: actor.organizationId,
    ...command.fields,
    kind: "resource",
    ownerId: null,
    version: 1,
    deletedAt: null,
    createdAt: now,
    updatedAt: now,
  };
  return decided("insert", actor, resource, "resource.created", { resource }, command.eventId, now);
}

/** The resource with some fields changed; the same one, and no change, when nothing is different. */
export function changeResource(
  actor: Actor,
  resource: Resource,
  command: { patch: Partial<ResourceFields>; eventId: string },
  now: Date,
): Decided | { resource: Resource; change: null } | Refusal {
  const refusal = refuseChange(actor, resource, command.patch);
  if (refusal) return refusal;
  const next: Resource = { ...resource, ...command.patch, version: resource.version + 1, updatedAt: now };
  const changes = changesBetween(resource, next);
  if (Object.keys(changes).length === 0) return { resource, change: null };
  return decided(
    "update",
    actor,
    next,
    "resource.updated",
    { resource: next, changes },
    command.eventId,
    now,
  );
}

export function deleteResource(
  actor: Actor,
  resource: Resource,
  eventId: string,
  now: Date,
): Decided | Refusal {
  if (resource.kind === "calendar")
    return forbidden("A calendar lives as long as its owner; it can't be deleted.");
  const next = { ...resource, version: resource.version + 1, deletedAt: now, updatedAt: now };
  return decided("update", actor, next, "resource.deleted", {}, eventId, now);
}

function refuseChange(actor: Actor, resource: Resource, patch: Partial<ResourceFields>): Refusal | null {
  const onlyTimezone = Object.keys(patch).every((key) => key === "timezone");
  if (resource.kind === "calendar" && !onlyTimezone) {
    return forbidden("Only a calendar's time zone can be changed.");
  }
  if (resource.kind === "resource" && !isAdmin(actor)) return forbidden("Only admins change resources.");
  return null;
}

function decided(
  verb: "insert" | "update",
  actor: Actor,
  resource: Resource,
  type: EventType,
  data: Record<string, unknown>,
  eventId: string,
  now: Date,
): Decided {
  const event = newEvent("resource", resource, { id: eventId, type, actorId: actor.userId, data }, now);
  const change: Change =
    verb === "insert"
      ? { insert: { resources: [resource], events: [event] }, update: {} }
      : { insert: { events: [event] }, update: { resources: [resource] } };
  return { resource, change };
}
