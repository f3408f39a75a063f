import { and, eq, getTableColumns, gte, isNotNull, or, sql } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

type EventQueries = Omit<Store["events"], "beginning">;

export function eventQueries({ db, tables: { events }, log }: Engine): EventQueries {
  const logged = { ...getTableColumns(events), position: log.position };
  return {
    ofSubject: (organizationId, subjectId, page) => {
      const where = and(
        eq(events.organizationId, organizationId),
        eq(events.subjectId, subjectId),
        isNotNull(events.version),
      );
      return pageOf(db, events, page, events.version, where);
    },
    after: (position, limit) =>
      db
        .select(logged)
        .from(events)
        .where(and(log.settled, log.after(position)))
        .orderBy(log.order)
        .limit(limit),
    ofBookings: (organizationId, { after, upTo, since, ownerId, resourceId }, limit) =>
      db
        .select(logged)
        .from(events)
        .where(
          and(
            eq(events.organizationId, organizationId),
            eq(events.subjectType, "booking"),
            log.settled,
            log.after(after),
            upTo ? sql`not ${log.after(upTo)}` : undefined,
            gte(events.time, since),
            ownerId ? eq(events.ownerId, ownerId) : undefined,
            resourceId
              ? or(eq(events.resourceId, resourceId), eq(events.previousResourceId, resourceId))
              : undefined,
          ),
        )
        .orderBy(log.order)
        .limit(limit),
    unsettledSince: async () => {
      const [oldest] = await db
        .select({ time: events.time })
        .from(events)
        .where(log.unsettled)
        .orderBy(log.order)
        .limit(1);
      return oldest?.time ?? null;
    },
    issued: async (position) => {
      const issued = log.issued(position);
      if (!issued) return false;
      const [found] = await db
        .select({ issued: sql<boolean | number>`${issued}` })
        .from(sql`(select 1) as one`);
      return Boolean(found?.issued);
    },
    end: async () => {
      const [last] = await db
        .select({ position: log.position })
        .from(events)
        .where(log.settled)
        .orderBy(log.reverseOrder)
        .limit(1);
      return last?.position ?? log.beginning;
    },
  };
}
