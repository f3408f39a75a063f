import { and, eq, isNull } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";

export function sessionQueries({ db, tables: { sessions, users } }: Engine): Store["sessions"] {
  return {
    byId: async (id) => {
      const found = await db.select().from(sessions).where(eq(sessions.id, id));
      return found[0] ?? null;
    },
    withUser: async (id) => {
      const found = await db
        .select({ session: sessions, user: users })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(eq(sessions.id, id));
      return found[0] ?? null;
    },
    openOf: (userId) =>
      db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt))),
  };
}
