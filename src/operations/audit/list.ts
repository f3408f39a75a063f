import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import type { AuditEntry, AuditFilter } from "../../ports/audit.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import type { Context } from "../context.ts";

export async function list(
  context: Context,
  actor: Actor,
  filter: AuditFilter,
  page: PageRequest<"-time">,
): Promise<Page<AuditEntry>> {
  authorize(actor, "listAudit");
  return context.store.audit.list(actor.organizationId, filter, page);
}
