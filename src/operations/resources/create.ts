import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { createResource, type Resource, type ResourceFields } from "../../domain/resources/resource.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";

export async function create(
  context: Context,
  actor: Actor,
  fields: ResourceFields,
  keep?: KeepReceipt<Resource>,
): Promise<Resource> {
  authorize(actor, "createResource");
  const settled = await settle<{ resource: Resource }>(context.store, {
    by: actor,
    decide: async () => createResource(byOf(context, actor), fields),
    receipt: keep && (({ resource }) => keep(resource)),
  });
  return settled.resource;
}
