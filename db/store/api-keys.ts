import { eq } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

export function apiKeyQueries({ db, tables: { apiKeys } }: Engine): Store["apiKeys"] {
  return {
    byId: async (id) => {
      const found = await db.select().from(apiKeys).where(eq(apiKeys.id, id));
      return found[0] ?? null;
    },
    list: (organizationId, page) =>
      pageOf(db, apiKeys, page, apiKeys.createdAt, { walk: eq(apiKeys.organizationId, organizationId) }),
    touch: async (id, at) => {
      await db.update(apiKeys).set({ lastUsedAt: at }).where(eq(apiKeys.id, id));
    },
  };
}
