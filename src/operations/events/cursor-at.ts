import type { Cursor } from "../../domain/cursor.ts";
import type { LogPosition } from "../../ports/store.ts";
import type { Context } from "../context.ts";

/** The cursor that continues after a position, which may lie between the events of an organization. */
export async function cursorAt(
  { store, clock }: Context,
  organizationId: string,
  position: LogPosition,
): Promise<Cursor> {
  const time = clock.now();
  const eventId = await store.events.latestOfBookings(organizationId, position);
  return { organizationId, time, eventId, position };
}
