import type { Actor } from "../../domain/actor.ts";
import { createResource, type Resource, type ResourceFields } from "../../domain/resources/resource.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";

export async function create(
  { store, clock, newId }: Context,
  actor: Actor,
  fields: ResourceFields,
  keep?: KeepReceipt<Resource>,
): Promise<Resource> {
  const settled = await settle<{ resource: Resource }>(store, {
    by: actor,
    decide: async () => createResource(actor, { id: newId(), fields, eventId: newId() }, clock.now()),
    receipt: keep && (({ resource }) => keep(resource)),
  });
  return settled.resource;
}
