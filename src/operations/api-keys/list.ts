import type { Actor } from "../../domain/actor.ts";
import type { ApiKey } from "../../domain/people/api-key.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";

export async function list(
  context: Context,
  actor: Actor,
  page: PageRequest<"createdAt">,
): Promise<Page<ApiKey>> {
  authorize(actor, "listApiKeys");
  return context.store.apiKeys.list(actor.organizationId, page);
}
