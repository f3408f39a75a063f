import { type Cursor, decodeCursor } from "../../domain/cursor.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";

/** How far back a client may replay. */
export function replayLimit({ clock, eventRetentionDays }: Context): Date {
  return new Date(clock.now().getTime() - eventRetentionDays * 24 * 60 * 60 * 1000);
}

/** The position behind a client's cursor; refused when it is not ours, or older than what is kept for replay. */
export function startPosition(context: Context, cursor: string): Cursor {
  const found = decodeCursor(cursor);
  if (!found || !context.store.events.isPosition(found.position)) {
    const detail = "This is not a cursor of ours.";
    throw new Refusal("validation_failed", `after: ${detail}`, { errors: [{ parameter: "after", detail }] });
  }
  if (found.time < replayLimit(context)) {
    throw new Refusal(
      "cursor_expired",
      "Events that old are not replayed. Read the current state, then go on from now.",
      {},
    );
  }
  return found;
}
