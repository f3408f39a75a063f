import { and, count, eq, getTableName, gte, isNotNull, lt, sql } from "drizzle-orm";
import type { Audit, AuditEntry, AuditFilter } from "../../src/ports/audit.ts";
import type { PageRequest } from "../../src/ports/page.ts";
import type { Engine } from "../engines/engine.ts";
import type { Tables } from "../tables.ts";
import { beyond, maxLookedAt as maxByDefault, ordering, pageOf } from "./page.ts";

type Log = Tables["events"] | Tables["refusals"];
type Request = PageRequest<"-time">;

const refused = "request.refused";

/** Events that changed something, and refusals: two logs, each read in the order of time by indexes of its own. */
export function auditQueries({ db, append, tables }: Engine, maxLookedAt = maxByDefault): Audit {
  const { events, refusals } = tables;

  /** All but the type. */
  const within = (log: Log, organizationId: string, { actorId, subjectId, from, to }: AuditFilter) => {
    const conditions = [
      subjectId ? eq(events.subjectId, subjectId) : undefined,
      actorId ? eq(log.actorId, actorId) : undefined,
      eq(log.organizationId, organizationId),
    ].filter((condition) => condition !== undefined);
    // The first one finds the fewest rows. The others are phrased so that the planner uses no index for them.
    const [found, ...others] = conditions;
    return and(
      found,
      ...others.map((condition) => sql`(${condition}) is true`),
      log === events ? isNotNull(events.version) : undefined,
      filterTime(log, from, to),
    );
  };
  const columns = (log: Log) => {
    const { id, organizationId, time, actorId, data } = log;
    const about =
      "type" in log
        ? { type: log.type, subjectType: log.subjectType, subjectId: log.subjectId }
        : { type: sql`'${sql.raw(refused)}'`, subjectType: sql`null`, subjectId: sql`null` };
    return { id, organizationId, time, ...about, actorId, data };
  };

  const pageOfOne = async (log: Log, organizationId: string, filter: AuditFilter, page: Request) => {
    const walk = within(log, organizationId, filter);
    const rest = log === events && filter.type ? sql`${events.type} = ${filter.type}` : undefined;
    const found = await pageOf<Row>(db, log, page, log.time, { walk, rest, maxLookedAt });
    return { ...found, rows: found.rows.map(entry) };
  };
  /** From the latest of each: to sort a union, an engine reads all of it. */
  const pageOfBoth = async (organizationId: string, filter: AuditFilter, request: Request) => {
    const { sort, after, limit, page } = request;
    const skipped = page === undefined ? 0 : (page - 1) * limit;
    const latest = (log: Log) => {
      const { inOrder, bound } = ordering(sort, log.time, log.id);
      const rows = db
        .select()
        .from(log)
        .where(and(after && beyond(sort, ...bound(after)), within(log, organizationId, filter)))
        .orderBy(...inOrder)
        .limit(skipped + limit + 1);
      return db.select(columns(log)).from(rows.as(getTableName(log)) as unknown as Log);
    };
    const rows = (await latest(events)
      .unionAll(latest(refusals) as never)
      .orderBy(...ordering(sort, events.time, events.id).inOrder)
      .limit(limit + 1)
      .offset(skipped)) as AuditEntry[];
    const found = { rows: rows.slice(0, limit), hasMore: rows.length > limit };
    if (page === undefined) return found;
    const size = async (log: Log) => {
      const counted = db
        .select({ total: count() })
        .from(log)
        .where(within(log, organizationId, filter));
      return (await counted)[0]?.total ?? 0;
    };
    return { ...found, total: (await size(events)) + (await size(refusals)) };
  };

  return {
    list: (organizationId, filter, page) => {
      const { type, subjectId } = filter;
      // Refusals have no subject.
      if (subjectId || (type && type !== refused)) return pageOfOne(events, organizationId, filter, page);
      if (type) return pageOfOne(refusals, organizationId, filter, page);
      return pageOfBoth(organizationId, filter, page);
    },
    appendRefusals: async (counts) => {
      if (counts.length > 0) await append("refusals", counts);
    },
  };
}

type Row = Tables["events"]["$inferSelect"] | Tables["refusals"]["$inferSelect"];

function entry(row: Row): AuditEntry {
  const { id, organizationId, time, actorId, data } = row;
  const about =
    "type" in row
      ? { type: row.type, subjectType: row.subjectType, subjectId: row.subjectId }
      : { type: refused, subjectType: null, subjectId: null };
  return { id, organizationId, time, ...about, actorId, data };
}

function filterTime({ time }: Log, from: Date | undefined, to: Date | undefined) {
  return and(from ? gte(time, from) : undefined, to ? lt(time, to) : undefined);
}
