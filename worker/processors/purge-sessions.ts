import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Tokens } from "../../src/ports/tokens.ts";

const batch = 1_000;

/**
 * Deletes sessions that no token can revive. Ended sessions stay as long, so that a stolen token of theirs is still
 * answered as one that was used before.
 */
export async function purgeSessions({
  store,
  clock,
  tokens,
}: {
  store: Store;
  clock: Clock;
  tokens: Tokens;
}): Promise<void> {
  const longest = Math.max(tokens.refreshSeconds, tokens.accessSeconds);
  const before = new Date(clock.now().getTime() - longest * 1000);
  let purged: number;
  do purged = await store.sessions.purge(before, batch);
  while (purged === batch);
}
