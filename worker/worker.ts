import type { Logger } from "pino";
import type { Clock } from "../src/ports/clock.ts";
import type { Store } from "../src/ports/store.ts";
import { purgeReceipts } from "./processors/purge-receipts.ts";

type Needs = { store: Store; clock: Clock; log: Logger };

/** What runs again and again, and how often. Each is safe to run on several workers at once. */
const schedule = [{ name: "purge-receipts", everyMs: 10 * 60 * 1000, run: purgeReceipts }];

/** Starts the schedule; the result stops it, after the runs that are under way. */
export function startWorker(needs: Needs): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const timers = schedule.map(({ name, everyMs, run }) => {
    const once = () => {
      const done = run(needs)
        .catch((err) => needs.log.error({ err, job: name }, "job failed"))
        .finally(() => running.delete(done));
      running.add(done);
    };
    once();
    return setInterval(once, everyMs);
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running);
  };
}
