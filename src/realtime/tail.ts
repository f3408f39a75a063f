import type { Logger } from "pino";
import type { LoggedEvent, LogPosition, Store } from "../ports/store.ts";

export type Tail = {
  /** Everything up to here has been handed on. */
  position(): LogPosition;
  /** How long ago the log was last read to its end, in milliseconds. */
  ageMs(): number;
  /** Looks at the log soon; several calls at once are one look more. */
  wake(): void;
  /** Resolves when everything has been handed on that was in the log at the time of the call. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  events: Store["events"];
  log: Logger;
  /** Gets each event once, in commit order. It must not wait: the position moves on when it returns. */
  onEvent(event: LoggedEvent): void;
  pollMs?: number;
};

const batch = 500;
/** Between two looks that were asked for. */
const restMs = 5;

/**
 * Follows the log from its end, woken by the broadcast and by its own timer. A fault (the database is away) is
 * tried again at the next wake; nothing is skipped, because the position moves only past what was handed on.
 */
export async function startTail({ events, log, onEvent, pollMs = 1_000 }: Options): Promise<Tail> {
  let position = await events.end();
  let readAt = performance.now();
  let looking: Promise<void> | null = null;

  const readOn = async () => {
    for (;;) {
      const found = await events.after(position, batch);
      for (const event of found) {
        onEvent(event);
        position = event.position;
      }
      if (found.length < batch) {
        readAt = performance.now();
        return;
      }
    }
  };
  // A look that is under way may have read already what a new one is asked for: then one more follows it.
  let next: Promise<void> | null = null;
  const look = (): Promise<void> => {
    if (!looking) {
      looking = readOn().finally(() => {
        looking = null;
      });
      return looking;
    }
    next ??= looking
      .catch(() => {})
      .then(() => {
        next = null;
        return look();
      });
    return next;
  };
  const wakeNow = () => void look().catch((err) => log.warn({ err }, "the log can't be read; trying again"));
  // Under load one look serves many commits; one that comes alone is looked for at once.
  let resting: ReturnType<typeof setTimeout> | null = null;
  let wokenMeanwhile = false;
  const wake = () => {
    if (resting) {
      wokenMeanwhile = true;
      return;
    }
    wakeNow();
    resting = setTimeout(() => {
      resting = null;
      if (!wokenMeanwhile) return;
      wokenMeanwhile = false;
      wake();
    }, restMs);
  };
  const timer = setInterval(wake, pollMs);
  return {
    position: () => position,
    ageMs: () => performance.now() - readAt,
    wake,
    catchUp: look,
    stop: async () => {
      clearInterval(timer);
      if (resting) clearTimeout(resting);
      await Promise.allSettled([looking, next]);
    },
  };
}
