import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { UserFilter } from "../../ports/store.ts";
import type { Context } from "../context.ts";

export async function list(
  context: Context,
  actor: Actor,
  filter: UserFilter,
  page: PageRequest<"createdAt">,
): Promise<Page<User>> {
  authorize(actor, "listUsers");
  return context.store.users.list(actor.organizationId, filter, page);
}
