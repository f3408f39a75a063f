import { type Actor, isAdmin } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden } from "../../domain/refusal.ts";
import { maySeeResource } from "../../domain/resources/resource.ts";
import type { Room } from "../../domain/rooms.ts";
import type { Context } from "../context.ts";

/**
 * The caller's own room, or anyone's in the organization for an admin; any resource that the caller may see. One
 * refusal for all others.
 */
export async function authorizeRoom(context: Context, actor: Actor, room: Room): Promise<void> {
  authorize(actor, "joinRoom");
  const { store } = context;
  const { organizationId } = actor;
  if (room.kind === "user") {
    if (room.id === actor.userId) return;
    if (isAdmin(actor) && (await store.users.byId(organizationId, room.id))) return;
  } else {
    const resource = await store.resources.byId(organizationId, room.id);
    if (resource && maySeeResource(actor, resource)) return;
  }
  throw forbidden("This room does not exist, or you may not join it.");
}
