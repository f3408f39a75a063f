import { and, lt } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { given, lookup } from "./lookup.ts";

export function receiptQueries({ db, tables: { receipts } }: Engine): Store["receipts"] {
  const find = lookup(() =>
    db
      .select()
      .from(receipts)
      .where(and(given(receipts.callerId, "callerId"), given(receipts.key, "key")))
      .prepare("receipt"),
  );
  return {
    find: (callerId, key) => find({ callerId, key }),
    purge: async (before) => {
      const purged = await db
        .delete(receipts)
        .where(lt(receipts.createdAt, before))
        .returning({ key: receipts.key });
      return purged.length;
    },
  };
}
