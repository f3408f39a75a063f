import { repeating } from "../lib/repeating.ts";
import type { Log } from "../ports/log.ts";
import type { LoggedEvent, LogPosition, Store } from "../ports/store.ts";
import { type Rhythm, startLooking } from "./looking.ts";

export type Tail = {
  /** Everything up to here has been handed on. */
  position(): LogPosition;
  /** How long ago the log was last read to its settled end, in milliseconds. */
  ageMs(): number;
  /** Looks at the log soon; several calls at once are one look more. */
  wake(): void;
  /** Goes on from the end of the log, without what lies before it. */
  skipToEnd(): Promise<void>;
  /** Resolves when everything has been handed on that was settled in the log at the time of the call. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  events: Pick<Store["events"], "after" | "end">;
  log: Log;
  /** Gets each event once, in commit order. It must not wait: the position moves on when it returns or throws. */
  onEvent(event: LoggedEvent): void;
  rhythm?: Rhythm;
};

const batch = 500;

/**
 * Follows the log in order from its end, for readers that push events or keep a cursor. It sees an event only once no
 * earlier one can still appear, which may be late: any open transaction of the cluster delays it. A failed read is
 * tried again at the next wake and skips nothing. An event that a listener can't handle is logged and skipped: it must
 * not stop the rest.
 */
export async function startTail({
  events,
  log,
  onEvent,
  rhythm = { pollMs: 1_000, restMs: 5 },
}: Options): Promise<Tail> {
  let position = await events.end();
  let readAt = performance.now();
  let skips = false;

  const handOn = (event: LoggedEvent) => {
    try {
      onEvent(event);
    } catch (err) {
      log.error(
        { err, eventId: event.id, type: event.type },
        "an event could not be handled; going on after it",
      );
    }
    position = event.position;
  };
  const look = async () => {
    if (skips) {
      skips = false;
      position = await events.end();
    }
    for (;;) {
      const startedAt = performance.now();
      const found = await events.after(position, batch);
      for (const event of found) handOn(event);
      if (found.length === batch) continue;
      readAt = startedAt;
      return;
    }
  };
  const onFault = repeating((fields) => log.warn(fields, "the log can't be read; trying again"));
  const looking = startLooking({
    look,
    onFault: (err) => onFault({ err }),
    ...rhythm,
  });
  return {
    position: () => position,
    ageMs: () => performance.now() - readAt,
    wake: looking.wake,
    catchUp: looking.look,
    skipToEnd: () => {
      skips = true;
      return looking.look();
    },
    stop: looking.stop,
  };
}
