import type { BookingEvent, BookingEventType, Event } from "./event.ts";

/** A place that clients join: one person's bookings, or when one resource is taken. */
export type Room = { kind: "user" | "resource"; id: string };

/** What a room receives for an event. */
export type LiveEvent = { event: BookingEventType | "availability.changed"; data: Record<string, unknown> };

type Times = { startTime: string; endTime: string };

export function roomName({ kind, id }: Room): string {
  return `${kind}:${id}`;
}

/**
 * The topic of a room's sockets. It contains the organization, so that nobody receives another organization's events,
 * whatever they joined.
 */
export function topicOf(organizationId: string, room: Room): string {
  return `${organizationId} ${roomName(room)}`;
}

/** The rooms that receive an event. */
export function roomsOf({ ownerId, resourceId, previousResourceId }: Event): Room[] {
  return [
    ...(ownerId ? [{ kind: "user" as const, id: ownerId }] : []),
    ...(resourceId ? [{ kind: "resource" as const, id: resourceId }] : []),
    ...(previousResourceId ? [{ kind: "resource" as const, id: previousResourceId }] : []),
  ];
}

/** What a room receives for an event; null if the event means nothing to that room. */
export function liveEvent(event: Event, room: Room): LiveEvent | null {
  if (event.subjectType !== "booking") return null;
  if (room.kind === "user") return { event: event.type, data: bookingNews(event) };
  const intervals = changedIntervals(event, room.id);
  if (intervals.length === 0) return null;
  return { event: "availability.changed", data: { resourceId: room.id, intervals } };
}

/** Whether an event is about a booking, and complete. An incomplete one must not end every page that it is on. */
export function isAboutBooking<E extends Event>(event: E): event is E & BookingEvent {
  return (
    event.subjectType === "booking" && typeof event.data.booking === "object" && event.data.booking !== null
  );
}

/** The booking after the event, what changed, and who did it, or what it reminds of: for its owner and for admins. */
export function bookingNews(event: BookingEvent): Record<string, unknown> {
  const { type, data, actorId } = event;
  const { organizationId: _, ...booking } = data.booking;
  if (type === "booking.reminder") return { booking, reminder: data.reminder, message: data.message };
  return { booking, ...("changes" in data ? { changes: data.changes } : {}), actorId };
}

/** When a resource's availability may be another than before: nothing that says whose booking it is. */
function changedIntervals({ type, data, resourceId }: BookingEvent, room: string): Times[] {
  const { startTime, endTime } = data.booking;
  const changes = "changes" in data ? data.changes : {};
  const before = {
    startTime: String(changes.startTime?.before ?? startTime),
    endTime: String(changes.endTime?.before ?? endTime),
  };
  const now = { startTime, endTime };
  if (type === "booking.redacted") return [];
  if (type === "booking.updated") return "quantity" in changes ? [now] : [];
  if (type !== "booking.rescheduled") return [now];
  if (!("resourceId" in changes)) return [before, now];
  return resourceId === room ? [now] : [before];
}
