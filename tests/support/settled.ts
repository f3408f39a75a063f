import type { Store } from "../../src/ports/store.ts";

/** Waits until the log has settled: other transactions of the cluster, of other tests too, delay its latest events. */
export async function settled({ events }: Pick<Store, "events">): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await Bun.sleep(20))
    if (!(await events.unsettledSince())) return;
  throw new Error("A transaction stays open in the cluster.");
}
