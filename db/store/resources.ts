import { and, eq, isNull, or } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { resourceSpace } from "./claims.ts";
import { given, lookup } from "./lookup.ts";
import { maxLookedAt as maxByDefault, pageOf, rowsToSearch } from "./page.ts";

export function resourceQueries(engine: Engine, maxLookedAt = maxByDefault): Store["resources"] {
  const { db, tables, contains, searchPattern } = engine;
  const { resources } = tables;
  const byId = lookup(() => {
    const named = and(given(resources.organizationId, "organizationId"), given(resources.id, "id"));
    return db
      .select()
      .from(resources)
      .where(and(named, isNull(resources.deletedAt)))
      .prepare("resource_by_id");
  });
  const space = resourceSpace(engine);
  return {
    byId: (organizationId, id) => byId({ organizationId, id }),
    list: (organizationId, filter, page) => {
      const visible = and(
        eq(resources.organizationId, organizationId),
        isNull(resources.deletedAt),
        // Always part of the walk: a cursor names the last row looked at, and must not name somebody else's calendar.
        filter.calendarsOf
          ? or(eq(resources.kind, "resource"), eq(resources.ownerId, filter.calendarsOf))
          : undefined,
      );
      const kind = filter.kind ? eq(resources.kind, filter.kind) : undefined;
      const search = filter.q ? contains(resources.name, searchPattern(filter.q)) : undefined;
      const conditions = search ? { walk: visible, rest: kind, search } : { walk: and(visible, kind) };
      return pageOf(db, resources, page, resources.createdAt, {
        ...conditions,
        maxLookedAt: rowsToSearch(filter.q, maxLookedAt),
      });
    },
    space,
    busy: async (resourceId, interval) => (await space(resourceId, interval))?.busy ?? [],
  };
}
