import { and, count, eq, isNotNull, isNull, or } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { maxLookedAt as maxByDefault, pageOf, rowsToSearch } from "./page.ts";

export function userQueries(
  { db, tables: { users }, contains, searchPattern }: Engine,
  maxLookedAt = maxByDefault,
): Store["users"] {
  return {
    byId: async (organizationId, id) => {
      const found = await db
        .select()
        .from(users)
        .where(and(eq(users.organizationId, organizationId), eq(users.id, id)));
      return found[0] ?? null;
    },
    byEmail: async (email) => {
      const found = await db.select().from(users).where(eq(users.email, email));
      return found[0] ?? null;
    },
    list: (organizationId, filter, page) => {
      const home = eq(users.organizationId, organizationId);
      const kind = and(
        filter.role ? eq(users.role, filter.role) : undefined,
        filter.status ? eq(users.status, filter.status) : undefined,
      );
      const pattern = filter.q ? searchPattern(filter.q) : undefined;
      const search = pattern ? or(contains(users.email, pattern), contains(users.name, pattern)) : undefined;
      const conditions = search ? { walk: home, rest: kind, search } : { walk: and(home, kind) };
      return pageOf(db, users, page, users.createdAt, {
        ...conditions,
        maxLookedAt: rowsToSearch(filter.q, maxLookedAt),
      });
    },
    toRedact: () =>
      db
        .select()
        .from(users)
        .where(and(isNotNull(users.erasedAt), isNull(users.redactedAt)))
        .limit(100),
    countAdmins: async () => {
      const [counted] = await db.select({ total: count() }).from(users).where(eq(users.role, "admin"));
      return counted?.total ?? 0;
    },
  };
}
