import type { Broadcast } from "../ports/broadcast.ts";

/** Within one process. Other processes notice by polling the log. */
export function localBroadcast(): Broadcast {
  const listeners = new Set<() => void>();
  return {
    announce: () => {
      for (const listener of listeners) listener();
    },
    listen: (listener) => void listeners.add(listener),
    close: async () => listeners.clear(),
  };
}
