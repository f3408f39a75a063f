import { type Cursor, decodeCursor } from "../../domain/cursor.ts";
import { invalidParameter, Refusal } from "../../domain/refusal.ts";
import type { LogPosition } from "../../ports/store.ts";
import type { Context } from "../context.ts";

/** How far back a client may replay. */
export function replayLimit({ clock, eventRetentionDays }: Context): Date {
  return new Date(clock.now().getTime() - eventRetentionDays * 24 * 60 * 60 * 1000);
}

/**
 * The position in this log behind a client's cursor. Refused as `validation_failed` when no log can have issued it, and
 * as `cursor_expired` when this log can't continue it, or when it is older than what is kept for replay.
 */
export async function startPosition(
  context: Context,
  organizationId: string,
  cursor: string,
): Promise<LogPosition> {
  const found = decodeCursor(cursor);
  if (!found) {
    throw invalidParameter(
      "after",
      "This is not a cursor. Pass the cursor of an event, or a nextCursor, as it was returned.",
    );
  }
  if (found.time < replayLimit(context)) throw expired("Events that old are not replayed.");
  const position = found.organizationId === organizationId ? await positionIn(context, found) : null;
  if (position === null) throw expired("This cursor belongs to another event log.");
  return position;
}

/**
 * By the event, wherever it is in this log: it may be a restored or imported one. Without the event, a backup from
 * before it may have been restored; then this log knows the position if it continues the one that issued it.
 */
async function positionIn({ store }: Context, cursor: Cursor): Promise<LogPosition | null> {
  const { organizationId, eventId, position } = cursor;
  if (eventId === null) return store.events.beginning;
  const found = await store.events.positionOf(organizationId, eventId);
  return found ?? ((await store.events.issued(position)) ? position : null);
}

function expired(detail: string): Refusal<"cursor_expired"> {
  return new Refusal("cursor_expired", `${detail} Read the current state, then continue from now.`, {});
}
