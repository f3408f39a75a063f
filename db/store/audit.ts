import { and, eq, gte, isNotNull, lt } from "drizzle-orm";
import type { Audit, AuditEntry } from "../../src/ports/audit.ts";
import type { Engine } from "../engines/engine.ts";
import { mostLookedAt as mostByDefault, pageOf } from "./page.ts";

export function auditQueries({ db, append, tables: { audit } }: Engine, mostLookedAt = mostByDefault): Audit {
  const { version } = audit;
  return {
    list: async (organizationId, filter, page) => {
      const { subjectId } = filter;
      const walk = and(
        eq(audit.organizationId, organizationId),
        subjectId ? eq(audit.subjectId, subjectId) : undefined,
        filter.from ? gte(audit.time, filter.from) : undefined,
        filter.to ? lt(audit.time, filter.to) : undefined,
      );
      const rest = and(
        isNotNull(version),
        filter.type ? eq(audit.type, filter.type) : undefined,
        filter.actorId ? eq(audit.actorId, filter.actorId) : undefined,
      );
      const found = await pageOf<AuditEntry & { version: number | null }>(db, audit, page, audit.time, {
        walk,
        rest,
        mostLookedAt,
      });
      return { ...found, rows: found.rows.map(({ version: _, ...rest }) => rest) };
    },
    appendRefusals: async (counts) => {
      if (counts.length > 0) await append("refusals", counts);
    },
  };
}
