import type { Room } from "../../domain/rooms.ts";
import type { LoggedEvent, LogPosition } from "../../ports/store.ts";
import type { Context } from "../context.ts";
import { replayLimit } from "./start-position.ts";

/** The next events of a room between two positions, the second one included. */
export function replay(
  context: Context,
  organizationId: string,
  room: Room,
  bounds: { after: LogPosition; upTo: LogPosition },
  limit: number,
): Promise<LoggedEvent[]> {
  const of = room.kind === "user" ? { ownerId: room.id } : { resourceId: room.id };
  return context.store.events.ofBookings(
    organizationId,
    { ...bounds, ...of, since: replayLimit(context) },
    limit,
  );
}
