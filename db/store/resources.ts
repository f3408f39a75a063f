import { and, eq, isNull, or } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { blockingDuring } from "./claims.ts";
import { pageOf } from "./page.ts";

export function resourceQueries({ db, tables, contains }: Engine): Store["resources"] {
  const { resources, claims } = tables;
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
    busy: (resourceId, interval) =>
      db
        .select({
          bookingId: claims.id,
          startTime: claims.startTime,
          endTime: claims.endTime,
          quantity: claims.quantity,
        })
        .from(claims)
        .where(blockingDuring(tables, resourceId, interval))
        .orderBy(claims.startTime),
  };
}
