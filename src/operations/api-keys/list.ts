import type { Actor } from "../../domain/actor.ts";
import type { ApiKey } from "../../domain/people/api-key.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";

export function list(
  { store }: Context,
  actor: Actor,
  page: PageRequest<"createdAt">,
): Promise<Page<ApiKey>> {
  return store.apiKeys.list(actor.organizationId, page);
}
