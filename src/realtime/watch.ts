import type { Event } from "../domain/event.ts";
import { repeating } from "../lib/repeating.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { type Rhythm, startLooking } from "./looking.ts";

export type Watch = {
  /** How long changes may have gone unnoticed: the age of the last look that read everything, in milliseconds. */
  ageMs(): number;
  /** Looks soon. */
  wake(): void;
  /** Goes on from now, without what has changed before. */
  skipToEnd(): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  events: Pick<Store["events"], "visibleSince">;
  log: Log;
  /** Each gets every change once, in no order. */
  listeners: ((event: Event) => void)[];
  /** Nobody can say what has changed: the whole cache must go, and every socket must be checked again. */
  onLost(): void;
  /** Called after each look, once everything it found has been handed on. */
  onLooked?(): void;
  rhythm?: Rhythm;
};

/**
 * Polls twice as often as the shortest time that readers of `ageMs` count on. A single change is seen at once; if many
 * come, ten looks per second see them all.
 */
const defaultRhythm: Rhythm = { pollMs: 500, restMs: 100 };

/**
 * Watches commits without waiting for the order of the log, for listeners that forget or close things. A transaction
 * left open anywhere in the cluster delays the ordered tail, but must not delay a revocation.
 */
export async function startWatch(options: Options): Promise<Watch> {
  const { events, log, listeners, onLost, onLooked = () => {}, rhythm = defaultRhythm } = options;
  let { mark } = await events.visibleSince(null);
  let readAt = performance.now();
  let skips = false;

  /** False when a listener failed. */
  const handOn = (event: Event, listener: (event: Event) => void): boolean => {
    try {
      listener(event);
      return true;
    } catch (err) {
      log.error(
        { err, eventId: event.id, type: event.type },
        "a change could not be handled; going on after it",
      );
      return false;
    }
  };
  const look = async () => {
    const startedAt = performance.now();
    if (skips) {
      skips = false;
      mark = (await events.visibleSince(null)).mark;
    }
    const seen = await events.visibleSince(mark);
    const handled = seen.events?.flatMap((event) => listeners.map((listener) => handOn(event, listener)));
    if (!handled) {
      log.warn({}, "the log was replaced or has grown too far; clearing the cache and checking every socket");
    }
    if (!handled?.every(Boolean)) onLost();
    mark = seen.mark;
    readAt = startedAt;
    onLooked();
  };
  const onFault = repeating((fields) => log.warn(fields, "changes can't be read; trying again"));
  const {
    wake,
    look: lookNow,
    stop,
  } = startLooking({
    look,
    onFault: (err) => onFault({ err }),
    ...rhythm,
  });
  const skipToEnd = () => {
    skips = true;
    return lookNow();
  };
  return { ageMs: () => performance.now() - readAt, wake, skipToEnd, stop };
}
