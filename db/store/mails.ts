import { and, eq, isNull } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";

export function mailQueries({ db, tables: { mails, users } }: Engine): Store["mails"] {
  return {
    withUser: async (id) => {
      const [found] = await db
        .select({ mail: mails, user: users })
        .from(mails)
        .innerJoin(users, eq(users.id, mails.userId))
        .where(eq(mails.id, id));
      return found ?? null;
    },
    unusedOf: (userId) =>
      db
        .select()
        .from(mails)
        .where(and(eq(mails.userId, userId), isNull(mails.usedAt))),
  };
}
