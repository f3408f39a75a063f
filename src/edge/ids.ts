import { v7 } from "uuid";
import type { Clock } from "../ports/clock.ts";

/** In the lower half of 32 bits, with room to count on. */
function randomStart(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return random >>> 1;
}

/**
 * Makes UUIDv7 in the order in which they are asked for: those of one millisecond count up (RFC 9562, 6.2). At the edge
 * the clock stands still while a request is worked on, so many ids share one.
 */
export function orderedIds(clock: Clock): () => string {
  let [msecs, seq] = [0, 0];
  return () => {
    const now = clock.now().getTime();
    seq += 1;
    if (now > msecs) [msecs, seq] = [now, randomStart()];
    return v7({ msecs, seq });
  };
}
