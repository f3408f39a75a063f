import { finishErasure } from "../../src/operations/users/finish-erasure.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";

type Needs = { store: Store; clock: Clock; newId(): string };

/** Continues interrupted erasures. One that fails does not delay the others. */
export async function finishErasures(needs: Needs): Promise<void> {
  const failures: unknown[] = [];
  for (const person of await needs.store.users.toRedact()) {
    await finishErasure(needs, person).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, "Some erasures could not be finished.");
}
