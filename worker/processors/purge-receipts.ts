import { receiptsExpiredBy } from "../../src/domain/receipt.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";

/** Deletes answers of idempotent requests that are too old to be replayed. */
export async function purgeReceipts({ store, clock }: { store: Store; clock: Clock }): Promise<void> {
  await store.receipts.purge(receiptsExpiredBy(clock.now()));
}
