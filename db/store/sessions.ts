import { and, asc, desc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { given, lookup } from "./lookup.ts";
import { pageOf } from "./page.ts";

export function sessionQueries({ db, tables: { sessions, users }, takeRows }: Engine): Store["sessions"] {
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
    current: ({ id, credentialGeneration }, since, limit) =>
      db
        .select()
        .from(sessions)
        .where(
          and(
            eq(sessions.userId, id),
            eq(sessions.credentialGeneration, credentialGeneration),
            isNull(sessions.endedAt),
            gt(sessions.rotatedAt, since),
          ),
        )
        .orderBy(desc(sessions.createdAt), desc(sessions.id))
        .limit(limit),
    ofUser: (userId, page) =>
      pageOf(db, sessions, page, sessions.createdAt, { walk: eq(sessions.userId, userId) }),
    purge: async (before, limit) => {
      const ids = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(lt(sessions.rotatedAt, before))
        .orderBy(asc(sessions.rotatedAt))
        .limit(limit);
      const purged = await db
        .delete(sessions)
        .where(sql`${sessions.id} in (${ids} ${takeRows})`)
        .returning({ id: sessions.id });
      return purged.length;
    },
  };
}
