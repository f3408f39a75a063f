import { and, eq, isNull } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { given, lookup } from "./lookup.ts";

export function sessionQueries({ db, tables: { sessions, users } }: Engine): Store["sessions"] {
  const withUser = lookup(() =>
    db
      .select({ session: sessions, user: users })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(given(sessions.id, "id"))
      .prepare("session_with_user"),
  );
  return {
    byId: async (id) => {
      const found = await db.select().from(sessions).where(eq(sessions.id, id));
      return found[0] ?? null;
    },
    withUser: (id) => withUser({ id }),
    openOf: (userId) =>
      db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt))),
  };
}
