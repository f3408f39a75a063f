import type { Actor } from "../../domain/actor.ts";
import { versionMismatch } from "../../domain/refusal.ts";
import { deleteResource } from "../../domain/resources/resource.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { get } from "./get.ts";

/** Deletes a resource; its history stays. The database refuses this while it has upcoming bookings. */
export async function remove(
  context: Context,
  actor: Actor,
  id: string,
  ifMatch?: (version: number) => boolean,
): Promise<void> {
  const { store, clock, newId } = context;
  await settle(store, {
    by: actor,
    decide: async () => {
      const resource = await get(context, actor, id);
      if (ifMatch && !ifMatch(resource.version)) return versionMismatch(resource.version);
      return deleteResource(actor, resource, newId(), clock.now());
    },
  });
}
