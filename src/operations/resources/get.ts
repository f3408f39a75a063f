import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Resource } from "../../domain/resources/resource.ts";
import type { Context } from "../context.ts";
import { visibleResource } from "./visible-resource.ts";

export async function get(context: Context, actor: Actor, id: string): Promise<Resource> {
  authorize(actor, "getResource");
  return visibleResource(context.store, actor, id);
}
