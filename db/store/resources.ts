import { and, eq, gt, isNull, lt, or } from "drizzle-orm";
import { longestBookingMs } from "../../src/domain/interval.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

export function resourceQueries({ db, tables: { resources, claims }, contains }: Engine): Store["resources"] {
  return {
    byId: async (organizationId, id) => {
      const found = await db
        .select()
        .from(resources)
        .where(
          and(
            eq(resources.organizationId, organizationId),
            eq(resources.id, id),
            isNull(resources.deletedAt),
          ),
        );
      return found[0] ?? null;
    },
    list: (organizationId, filter, page) => {
      const where = and(
        eq(resources.organizationId, organizationId),
        isNull(resources.deletedAt),
        filter.kind ? eq(resources.kind, filter.kind) : undefined,
        filter.q ? contains(resources.name, filter.q) : undefined,
        filter.calendarsOf
          ? or(eq(resources.kind, "resource"), eq(resources.ownerId, filter.calendarsOf))
          : undefined,
      );
      return pageOf(db, resources, page, resources.createdAt, where);
    },
    busy: (resourceId, { startTime, endTime }) =>
      db
        .select({
          bookingId: claims.id,
          startTime: claims.startTime,
          endTime: claims.endTime,
          quantity: claims.quantity,
        })
        .from(claims)
        .where(
          and(
            eq(claims.resourceId, resourceId),
            claims.blocking,
            lt(claims.startTime, endTime),
            gt(claims.endTime, startTime),
            gt(claims.startTime, new Date(startTime.getTime() - longestBookingMs)),
          ),
        )
        .orderBy(claims.startTime),
  };
}
