import { and, count, desc, eq, getTableColumns, gte, isNotNull, lt } from "drizzle-orm";
import type { Audit } from "../../src/ports/audit.ts";
import type { Engine } from "../engines/engine.ts";

export function auditQueries({ db, tables: { audit, refusals } }: Engine): Audit {
  const { version, ...entry } = getTableColumns(audit);
  return {
    list: async (organizationId, filter, { after, limit, page }) => {
      const where = and(
        eq(audit.organizationId, organizationId),
        isNotNull(version),
        filter.type ? eq(audit.type, filter.type) : undefined,
        filter.actorId ? eq(audit.actorId, filter.actorId) : undefined,
        filter.subjectId ? eq(audit.subjectId, filter.subjectId) : undefined,
        filter.from ? gte(audit.time, filter.from) : undefined,
        filter.to ? lt(audit.time, filter.to) : undefined,
      );
      // The ids are UUIDv7: their order is that of time, and each of the two tables has it in an index.
      const rows = await db
        .select(entry)
        .from(audit)
        .where(and(where, after ? lt(audit.id, after.id) : undefined))
        .orderBy(desc(audit.id))
        .limit(limit + 1)
        .offset(page ? (page - 1) * limit : 0);
      const found = { rows: rows.slice(0, limit), hasMore: rows.length > limit };
      if (page === undefined) return found;
      const [counted] = await db.select({ total: count() }).from(audit).where(where);
      return { ...found, total: counted?.total ?? 0 };
    },
    appendRefusals: async (counts) => {
      if (counts.length > 0) await db.insert(refusals).values(counts);
    },
  };
}
