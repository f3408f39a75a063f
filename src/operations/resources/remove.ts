import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { type IfMatch, requireVersion } from "../../domain/refusal.ts";
import { deleteResource } from "../../domain/resources/resource.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { visibleResource } from "./visible-resource.ts";

/** Deletes a resource; its history stays. The database refuses this while it has upcoming bookings. */
export async function remove(context: Context, actor: Actor, id: string, ifMatch?: IfMatch): Promise<void> {
  authorize(actor, "deleteResource");
  const { store } = context;
  await settle(store, {
    by: actor,
    decide: async () => {
      const resource = await visibleResource(store, actor, id);
      requireVersion(resource, ifMatch);
      return deleteResource(byOf(context, actor), resource);
    },
  });
}
