import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Context } from "../context.ts";
import { colleague } from "./colleague.ts";

export async function get(context: Context, actor: Actor, id: string): Promise<User> {
  authorize(actor, "getUser");
  return colleague(context.store, actor, id);
}
