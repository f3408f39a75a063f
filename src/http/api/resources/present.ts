import type { Resource } from "../../../domain/resources/resource.ts";
import type { Busy } from "../../../domain/scheduling/alternatives.ts";
import { timeZoneNamed } from "../../../domain/scheduling/time-zone.ts";

/** A resource as the API shows it. */
export function presentResource(resource: Resource) {
  return {
    id: resource.id,
    name: resource.name,
    description: resource.description,
    // Earlier versions stored a zone in whatever case it came.
    timezone: timeZoneNamed(resource.timezone) ?? resource.timezone,
    capacity: resource.capacity,
    kind: resource.kind,
    ownerId: resource.ownerId,
    metadata: resource.metadata,
    version: resource.version,
    createdAt: resource.createdAt.toISOString(),
    updatedAt: resource.updatedAt.toISOString(),
  };
}

/** When it is taken and by how much; not by whom. */
export function presentBusy({ startTime, endTime, quantity }: Busy) {
  return { startTime: startTime.toISOString(), endTime: endTime.toISOString(), quantity };
}
