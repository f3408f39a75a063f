import type { Actor } from "../../domain/actor.ts";
import { versionMismatch } from "../../domain/refusal.ts";
import { changeResource, type Resource, type ResourceFields } from "../../domain/resources/resource.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { get } from "./get.ts";

/** Changes a resource. The database refuses a capacity below what is already booked. */
export async function change(
  context: Context,
  actor: Actor,
  id: string,
  patch: Partial<ResourceFields>,
  ifMatch?: (version: number) => boolean,
): Promise<Resource> {
  const { store, clock, newId } = context;
  const settled = await settle(store, {
    by: actor,
    decide: async () => {
      const resource = await get(context, actor, id);
      if (ifMatch && !ifMatch(resource.version)) return versionMismatch(resource.version);
      return changeResource(actor, resource, { patch, eventId: newId() }, clock.now());
    },
  });
  return settled.resource;
}
