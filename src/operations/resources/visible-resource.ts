import type { Actor } from "../../domain/actor.ts";
import { notFound } from "../../domain/refusal.ts";
import { maySeeResource, type Resource } from "../../domain/resources/resource.ts";
import type { Store } from "../../ports/store.ts";

/** A resource that the actor may see; for all others it does not exist. */
export async function visibleResource(store: Store, actor: Actor, id: string): Promise<Resource> {
  const resource = await store.resources.byId(actor.organizationId, id);
  if (!resource || !maySeeResource(actor, resource)) throw notFound();
  return resource;
}
