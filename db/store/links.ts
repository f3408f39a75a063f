import { and, eq, isNull } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";

export function linkQueries({ db, tables: { links, users } }: Engine): Store["links"] {
  return {
    withUser: async (id) => {
      const [found] = await db
        .select({ link: links, user: users })
        .from(links)
        .innerJoin(users, eq(users.id, links.userId))
        .where(eq(links.id, id));
      return found ?? null;
    },
    unusedOf: (userId) =>
      db
        .select()
        .from(links)
        .where(and(eq(links.userId, userId), isNull(links.usedAt))),
  };
}
