import { dequal } from "dequal";
import type { Author, By } from "./actor.ts";

/**
 * What the events of each type say. Each subject adds its own (declaration merging), so that this file knows none of
 * them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the subjects fill it
export interface EventData {}

export type EventType = keyof EventData;

/** What an event is about: the first part of its type. */
type SubjectOf<T extends string> = T extends `${infer S}.${string}` ? S : never;
export type SubjectType = SubjectOf<EventType>;

export type BookingEventType = EventType & `booking.${string}`;

/** Fields that changed, each with its value before and after, as they are written in JSON. */
export type Changes = Record<string, { before: unknown; after: unknown }>;

/** A value as JSON keeps it: an instant is RFC 3339 text. */
export type Json<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

/**
 * One fact about one thing, appended in the commit that makes it true.
 *
 * `version` is the version of the subject after the event. The database keeps `(subjectId, version)` unique,
 * so of two commands that decided on the same state only one commits. An event that changes no state has none.
 */
type EventOf<T extends EventType> = {
  id: string;
  organizationId: string;
  subjectType: SubjectOf<T>;
  subjectId: string;
  version: number | null;
  type: T;
  /** The user or the API key who did it; null when the system did. */
  actorId: string | null;
  /** Of a booking: whose it is, and the resources it is about; the second one is where it was before a move. */
  ownerId: string | null;
  resourceId: string | null;
  previousResourceId: string | null;
  data: Json<EventData[T]>;
  time: Date;
};

/** An event of one of these types; of any type, if none is named. */
export type Event<T extends EventType = EventType> = { [K in T]: EventOf<K> }[T];

/** An event that changed its subject. */
export type VersionedEvent = Event & { version: number };

export type BookingEvent = Event<BookingEventType>;

type Subject = { id: string; organizationId: string; version: number | null };
type About = Pick<Event, "ownerId" | "resourceId" | "previousResourceId">;

const aboutNoBooking: About = { ownerId: null, resourceId: null, previousResourceId: null };

/** The event that brings `subject` to its version. */
export function record<T extends EventType>(
  { actor, now, newId }: By<Author>,
  { id: subjectId, organizationId, version }: Subject,
  type: T,
  data: EventData[T],
  about = aboutNoBooking,
): Event<T> {
  const subjectType = type.split(".", 1)[0] as SubjectType;
  const event = { id: newId(), organizationId, subjectType, subjectId, version, type, actorId: actor.userId };
  // It becomes JSON when it is stored; nobody reads it before.
  return { ...event, ...about, data, time: now } as unknown as Event<T>;
}

/** The fields in which two states of a thing differ; `updatedAt` and `version` always do and are left out. */
export function diff<T extends object>(before: T, after: T): Changes {
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
