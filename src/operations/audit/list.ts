import type { Actor } from "../../domain/actor.ts";
import type { AuditEntry, AuditFilter } from "../../ports/audit.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";

export function list(
  { store }: Context,
  actor: Actor,
  filter: AuditFilter,
  page: PageRequest<"-time">,
): Promise<Page<AuditEntry>> {
  return store.audit.list(actor.organizationId, filter, page);
}
