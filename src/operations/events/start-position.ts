import { type Cursor, decodeCursor } from "../../domain/cursor.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";

/** How far back a client may replay. */
export function replayLimit({ clock, eventRetentionDays }: Context): Date {
  return new Date(clock.now().getTime() - eventRetentionDays * 24 * 60 * 60 * 1000);
}

/**
 * The position behind a client's cursor. Refused as `validation_failed` when no log can have issued it, and as
 * `cursor_expired` when another log has, or when it is older than what is kept for replay.
 */
export async function startPosition(context: Context, cursor: string): Promise<Cursor> {
  const found = decodeCursor(cursor);
  if (!found) {
    const detail = "This is not a cursor. Pass the cursor of an event, or a nextCursor, as it was returned.";
    throw new Refusal("validation_failed", `after: ${detail}`, { errors: [{ parameter: "after", detail }] });
  }
  if (found.time < replayLimit(context)) throw expired("Events that old are not replayed.");
  if (!(await context.store.events.issued(found.position))) {
    throw expired("This cursor belongs to another event log.");
  }
  return found;
}

function expired(detail: string): Refusal<"cursor_expired"> {
  return new Refusal("cursor_expired", `${detail} Read the current state, then continue from now.`, {});
}
