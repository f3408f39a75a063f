import { openDurableObject, type RefuseWrites } from "../../db/engines/sqlite/durable-object.ts";
import { applyPending } from "../../db/migrations/apply.ts";
import { durableObjectSession } from "../../db/migrations/durable-object-session.ts";
import { createStore } from "../../db/store/store.ts";
import { type CachingStore, cachingStore } from "../cache/caching-store.ts";
import type { Log } from "../ports/log.ts";
import { noObserver } from "../ports/store-observer.ts";
import { faultLog } from "../telemetry/fault-log.ts";
import type { Plans } from "./plans.ts";
import type { EdgeStorage } from "./runtime.ts";
import type { Unread } from "./unread.ts";

/** A page looks at so few rows for a text: it folds the letters of each in SQL, which takes ten times as long as GLOB. */
const maxSearched = 2_000;

type Options = {
  storage: EdgeStorage;
  log: Log;
  plans: Plans;
  unread: Unread;
  /** Why nothing may be written now; null if it may. */
  refuseWrites?: RefuseWrites | undefined;
  maxLookedAt?: number | undefined;
};

/** The store of an object, with its schema up to date. Each commit plans what it needs later, and is announced. */
export async function openEdgeStore(options: Options): Promise<CachingStore> {
  const { storage, log, plans, unread, refuseWrites, maxLookedAt = maxSearched } = options;
  await applyPending(durableObjectSession(storage));
  const observer = { ...noObserver, fault: faultLog(log) };
  const own = createStore(openDurableObject(storage, { observer, refuseWrites }), observer, maxLookedAt);
  const cache = cachingStore({
    ...own,
    commit: async (change) => {
      const outcome = await own.commit(change);
      if (outcome !== "committed") return outcome;
      // In the turn of the commit, so that both are written or neither is.
      try {
        plans.committed(change);
      } catch (err) {
        log.error({ err }, "the alarm could not be set; the next start of the object will");
      }
      unread.committed();
      return outcome;
    },
  });
  // Every change is one of ours, and the cache forgets with the commit.
  cache.follow({ watchAgeMs: () => 0 });
  return cache;
}
