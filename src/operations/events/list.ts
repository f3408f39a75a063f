import { type Actor, isAdmin } from "../../domain/actor.ts";
import { cursorOf, encodeCursor } from "../../domain/cursor.ts";
import { authorize } from "../../domain/permissions.ts";
import type { LoggedEvent, LogPosition } from "../../ports/store.ts";
import type { Context } from "../context.ts";
import { cursorAt } from "./cursor-at.ts";
import { replayLimit, startPosition } from "./start-position.ts";

export type EventPage = { events: LoggedEvent[]; hasMore: boolean; nextCursor: string };

/**
 * The bookings' events after a cursor: the caller's own, or all of the organization's for an admin. Without a cursor it
 * begins with the oldest event that is kept for replay. A page that is not full ends where the log did, so a client
 * that continues from there does not read past the same events of others again.
 */
export async function list(
  context: Context,
  actor: Actor,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<EventPage> {
  authorize(actor, "listEvents");
  const { store } = context;
  const start = after === undefined ? null : await startPosition(context, actor.organizationId, after);
  const end = await store.events.end();
  const found = await eventsBetween(context, actor, start ?? (await oldest(context)), end, limit + 1);
  const events = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = hasMore ? events.at(-1) : undefined;
  const next = last ? cursorOf(last) : await cursorAt(context, actor.organizationId, end);
  return { events, hasMore, nextCursor: encodeCursor(next) };
}

/** Where replay begins; null when nothing is recent enough. */
function oldest(context: Context): Promise<LogPosition | null> {
  return context.store.events.positionBefore(replayLimit(context));
}

async function eventsBetween(
  context: Context,
  actor: Actor,
  after: LogPosition | null,
  upTo: LogPosition,
  limit: number,
): Promise<LoggedEvent[]> {
  if (after === null) return [];
  const filter = {
    after,
    upTo,
    since: replayLimit(context),
    ownerId: isAdmin(actor) ? undefined : actor.userId,
  };
  return context.store.events.ofBookings(actor.organizationId, filter, limit);
}
