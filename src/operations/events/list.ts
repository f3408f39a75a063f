import { type Actor, isAdmin } from "../../domain/actor.ts";
import { type Cursor, encodeCursor } from "../../domain/cursor.ts";
import type { LoggedEvent } from "../../ports/store.ts";
import type { Context } from "../context.ts";
import { replayLimit, startPosition } from "./start-position.ts";

export type EventPage = { events: LoggedEvent[]; hasMore: boolean; nextCursor: string };

/** The bookings' events after a cursor: one's own, or all of the organization's for an admin. */
export async function list(
  context: Context,
  actor: Actor,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<EventPage> {
  const { store, clock } = context;
  const start: Cursor = after
    ? await startPosition(context, after)
    : { position: store.events.beginning, time: clock.now() };
  const filter = {
    after: start.position,
    since: replayLimit(context),
    ownerId: isAdmin(actor) ? undefined : actor.userId,
  };
  const found = await store.events.ofBookings(actor.organizationId, filter, limit + 1);
  const events = found.slice(0, limit);
  const last = events.at(-1) ?? { ...start, time: clock.now() };
  return { events, hasMore: found.length > limit, nextCursor: encodeCursor(last) };
}
