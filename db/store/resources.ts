import { and, eq, isNull, or } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { blockingDuring, during } from "./claims.ts";
import { given, lookup, madeOnce } from "./lookup.ts";
import { pageOf } from "./page.ts";

export function resourceQueries(engine: Engine): Store["resources"] {
  const { db, tables, contains } = engine;
  const { resources, claims } = tables;
  const byId = lookup(() => {
    const named = and(given(resources.organizationId, "organizationId"), given(resources.id, "id"));
    return db
      .select()
      .from(resources)
      .where(and(named, isNull(resources.deletedAt)))
      .prepare("resource_by_id");
  });
  const busy = madeOnce(() =>
    db
      .select({
        bookingId: claims.id,
        startTime: claims.startTime,
        endTime: claims.endTime,
        quantity: claims.quantity,
      })
      .from(claims)
      .where(blockingDuring(engine))
      .orderBy(claims.startTime)
      .prepare("busy"),
  );
  return {
    byId: (organizationId, id) => byId({ organizationId, id }),
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
    busy: (resourceId, interval) => busy(during(resourceId, interval)),
  };
}
