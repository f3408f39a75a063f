import type { Resource } from "../../domain/resource.ts";

/** A resource as the API shows it. */
export function presentResource(resource: Resource) {
  return {
    id: resource.id,
    name: resource.name,
    description: resource.description,
    timezone: resource.timezone,
    capacity: resource.capacity,
    kind: resource.kind,
    ownerId: resource.ownerId,
    metadata: resource.metadata,
    version: resource.version,
    createdAt: resource.createdAt.toISOString(),
    updatedAt: resource.updatedAt.toISOString(),
  };
}
