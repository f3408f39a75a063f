import { and, eq, lt } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";

export function receiptQueries({ db, tables: { receipts } }: Engine): Store["receipts"] {
  return {
    find: async (callerId, key) => {
      const found = await db
        .select()
        .from(receipts)
        .where(and(eq(receipts.callerId, callerId), eq(receipts.key, key)));
      return found[0] ?? null;
    },
    purge: async (before) => {
      const purged = await db
        .delete(receipts)
        .where(lt(receipts.createdAt, before))
        .returning({ key: receipts.key });
      return purged.length;
    },
  };
}
