import { and, eq, gte, isNotNull, lt } from "drizzle-orm";
import type { Audit, AuditEntry } from "../../src/ports/audit.ts";
import type { Engine } from "../engines/engine.ts";
import { maxLookedAt as maxByDefault, pageOf } from "./page.ts";

/** A limit that keeps a subquery as a separate step. */
const everything = 2 ** 31 - 1;

export function auditQueries({ db, append, tables: { audit } }: Engine, maxLookedAt = maxByDefault): Audit {
  const { version } = audit;
  /** A separate step: within one query, the planner may walk the organization's whole history to find one subject. */
  const ofSubject = (id: string) =>
    db
      .select()
      .from(audit)
      .where(eq(audit.subjectId, id))
      .limit(everything)
      .as("audit") as unknown as typeof audit;
  return {
    list: async (organizationId, filter, page) => {
      const { subjectId } = filter;
      const walk = and(
        eq(audit.organizationId, organizationId),
        filter.from ? gte(audit.time, filter.from) : undefined,
        filter.to ? lt(audit.time, filter.to) : undefined,
      );
      const rest = and(
        isNotNull(version),
        filter.type ? eq(audit.type, filter.type) : undefined,
        filter.actorId ? eq(audit.actorId, filter.actorId) : undefined,
      );
      const from = subjectId ? ofSubject(subjectId) : audit;
      const found = await pageOf<AuditEntry & { version: number | null }>(db, from, page, audit.time, {
        walk,
        rest,
        maxLookedAt,
      });
      return { ...found, rows: found.rows.map(({ version: _, ...rest }) => rest) };
    },
    appendRefusals: async (counts) => {
      if (counts.length > 0) await append("refusals", counts);
    },
  };
}
