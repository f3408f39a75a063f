import { redact } from "../../src/operations/users/erase.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";

/** Goes on with erasures that were interrupted. */
export async function finishErasures({ store, clock }: { store: Store; clock: Clock }): Promise<void> {
  for (const person of await store.users.toRedact()) await redact({ store, clock }, person);
}
