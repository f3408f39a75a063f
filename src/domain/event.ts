import { dequal } from "dequal";

/** What an event is about. */
export type SubjectType = "organization" | "user" | "session" | "resource" | "booking" | "key";

export type EventType =
  | "organization.created"
  | "user.created"
  | "user.updated"
  | "user.password_changed"
  | "user.sessions_ended"
  | "user.erased"
  | "user.redacted"
  | "session.started"
  | "session.refreshed"
  | "session.kept"
  | "session.ended"
  | "key.created"
  | "key.first_used"
  | "key.revoked"
  | "resource.created"
  | "resource.updated"
  | "resource.deleted"
  | "booking.created"
  | "booking.updated"
  | "booking.rescheduled"
  | "booking.cancelled"
  | "booking.redacted"
  | "booking.reminder";

/** Fields that changed, each with its value before and after, as they are written in JSON. */
export type Changes = Record<string, { before: unknown; after: unknown }>;

/**
 * One fact about one thing, appended in the commit that makes it true.
 *
 * `version` is the version of the subject after the event. The database keeps `(subjectId, version)` unique,
 * so of two commands that decided on the same state only one commits. An event that changes no state has none.
 */
export type Event = {
  id: string;
  organizationId: string;
  subjectType: SubjectType;
  subjectId: string;
  version: number | null;
  type: EventType;
  /** The user or the API key who did it; null when the system did. */
  actorId: string | null;
  /** Of a booking: whose it is, and the resources it is about; the second one is where it was before a move. */
  ownerId: string | null;
  resourceId: string | null;
  previousResourceId: string | null;
  data: Record<string, unknown>;
  time: Date;
};

/** An event that changed its subject. */
export type VersionedEvent = Event & { version: number };

type Subject = { id: string; organizationId: string; version: number | null };
type About = Pick<Event, "ownerId" | "resourceId" | "previousResourceId">;

const aboutNoBooking: About = { ownerId: null, resourceId: null, previousResourceId: null };

/** The event that brings `subject` to its version. */
export function newEvent(
  subjectType: SubjectType,
  subject: Subject,
  what: Pick<Event, "id" | "type" | "actorId" | "data">,
  time: Date,
  about = aboutNoBooking,
): Event {
  const { id: subjectId, organizationId, version } = subject;
  return { ...what, ...about, organizationId, subjectType, subjectId, version, time };
}

/** The fields in which two states of a thing differ; `updatedAt` and `version` always do and are left out. */
export function changesBetween<T extends object>(before: T, after: T): Changes {
  const changes: Changes = {};
  for (const key of Object.keys(after) as (keyof T & string)[]) {
    if (key === "updatedAt" || key === "version") continue;
    const [was, is] = [toJson(before[key]), toJson(after[key])];
    if (!dequal(was, is)) changes[key] = { before: was, after: is };
  }
  return changes;
}

/** A value as it looks once it went through JSON: dates are RFC 3339 text. */
export function toJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
