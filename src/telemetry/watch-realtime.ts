import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { Metrics } from "./metrics.ts";

type Realtime = { sockets(): number; tailAgeMs(): number };

/** How the live updates of this instance are. */
export function watchRealtime(
  { watch }: Metrics,
  realtime: Realtime,
  { store, clock }: { store: Store; clock: Clock },
): void {
  watch("booking_sockets", "Open sockets of this instance", realtime.sockets);
  watch(
    "booking_tail_age_seconds",
    "How long ago this instance last read the event log to its end",
    () => realtime.tailAgeMs() / 1000,
  );
  watch(
    "booking_tail_lag_seconds",
    "How long the oldest event that is committed has been waiting for an open transaction",
    async () => {
      const since = await store.events.unsettledSince();
      return since ? Math.max(0, clock.now().getTime() - since.getTime()) / 1000 : 0;
    },
  );
}
