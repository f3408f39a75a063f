import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { Metrics } from "./metrics.ts";

type Realtime = { sockets(): number; tailAgeMs(): number; watchAgeMs(): number };

/** How the live updates of this instance are. */
export function watchRealtime(
  { watch }: Metrics,
  realtime: Realtime,
  { store, clock }: { store: Store; clock: Clock },
): void {
  /** How long the oldest committed event has been waiting for an open transaction. */
  const lagSeconds = async () => {
    const since = await store.events.unsettledSince();
    return since ? Math.max(0, clock.now().getTime() - since.getTime()) / 1000 : 0;
  };
  watch("booking_sockets", "Open sockets of this instance", realtime.sockets);
  watch(
    "booking_tail_age_seconds",
    "The greatest possible age of the oldest event that this instance has not pushed yet, for any reason",
    async () => Math.max(realtime.tailAgeMs() / 1000, await lagSeconds()),
  );
  watch(
    "booking_tail_lag_seconds",
    "How long the oldest committed event has been waiting for an open transaction",
    lagSeconds,
  );
  watch(
    "booking_log_unread_seconds",
    "For how long this instance has not been able to read the event log",
    () => Math.max(realtime.tailAgeMs(), realtime.watchAgeMs()) / 1000,
  );
}
