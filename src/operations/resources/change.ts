import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { type IfMatch, requireVersion } from "../../domain/refusal.ts";
import { changeResource, type Resource, type ResourceFields } from "../../domain/resources/resource.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { visibleResource } from "./visible-resource.ts";

/** Changes a resource. The database refuses a capacity below what is already booked. */
export async function change(
  context: Context,
  actor: Actor,
  id: string,
  patch: Partial<ResourceFields>,
  ifMatch?: IfMatch,
): Promise<Resource> {
  authorize(actor, "changeResource");
  const { store } = context;
  const settled = await settle(store, {
    by: actor,
    decide: async () => {
      const resource = await visibleResource(store, actor, id);
      requireVersion(resource, ifMatch);
      return changeResource(byOf(context, actor), resource, { patch });
    },
  });
  return settled.resource;
}
