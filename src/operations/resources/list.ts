import { type Actor, isAdmin } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Resource } from "../../domain/resources/resource.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { ResourceFilter } from "../../ports/store.ts";
import type { Context } from "../context.ts";

/** Shared resources, and the calendars that the actor may see: their own, or all for an admin. */
export async function list(
  context: Context,
  actor: Actor,
  filter: Omit<ResourceFilter, "calendarsOf">,
  page: PageRequest<"createdAt">,
): Promise<Page<Resource>> {
  authorize(actor, "listResources");
  const calendarsOf = isAdmin(actor) ? undefined : actor.userId;
  return context.store.resources.list(actor.organizationId, { ...filter, calendarsOf }, page);
}
