import type { Booking, Evidence, News } from "../evidence.ts";
import { isSuccess, type Operation } from "../record.ts";

/**
 * When something became true, as far as it can be known from outside: not before the program decided it, and not after
 * it was acknowledged, or after somebody built on it.
 */
export type Moment = { earliest: number; latest: number };

/** What a booking, a resource or a person was from one version to the next. */
export type State<T> = { id: string; version: number; value: T; from: Moment; until: Moment };

export type Capacity = { capacity: number; deleted: boolean };
export type Standing = { role: string; status: string };

export type Timeline = {
  bookings: Map<string, State<Booking>[]>;
  onResource: Map<string, State<Booking>[]>;
  resources: Map<string, State<Capacity>[]>;
  users: Map<string, State<Standing>[]>;
  /** The calendar of each person. */
  calendars: Map<string, string>;
  operations: Map<string, Operation>;
};

const never: Moment = { earliest: Number.POSITIVE_INFINITY, latest: Number.POSITIVE_INFINITY };
/** A commit follows its decision within this, or the request has failed: longer than any wait of the program. */
const longestCommitMs = 45_000;

type Change<T> = { version: number; time: number; latest: number; value: T };

function statesOf<T>(id: string, changes: Change<T>[]): State<T>[] {
  const moments = changes.map(({ time, latest }, n) => {
    // The next change was decided on this one, which was committed by then.
    const built = changes[n + 1]?.time ?? Number.POSITIVE_INFINITY;
    return { earliest: time, latest: Math.max(time, Math.min(latest, built, time + longestCommitMs)) };
  });
  return changes.map(({ version, value }, n) => ({
    id,
    version,
    value,
    from: moments[n] as Moment,
    until: moments[n + 1] ?? never,
  }));
}

/** The first answer that acknowledges an operation; infinite when none does. */
export function acknowledgedAt(operation: Operation | undefined): number {
  const times = operation?.attempts
    .filter(isSuccess)
    .map(({ answeredAt }) => answeredAt ?? Number.POSITIVE_INFINITY);
  return Math.min(Number.POSITIVE_INFINITY, ...(times ?? []));
}

/** The id of the operation that an event of a booking was made by; null for a DELETE, which carries none. */
export function markerOf({ event, data }: Pick<News, "event" | "data">): string | null {
  if (event === "booking.cancelled") return data.booking.cancellationReason;
  return String(data.booking.metadata.op);
}

function bookingStates(
  evidence: Evidence,
  operations: Map<string, Operation>,
): Map<string, State<Booking>[]> {
  const changes = new Map<string, Change<Booking>[]>();
  const deletions = new Map<string, number>();
  for (const operation of evidence.operations.filter(({ kind }) => kind === "delete" || kind === "cancel")) {
    const id = operation.path.split("/")[3] ?? "";
    deletions.set(id, Math.min(deletions.get(id) ?? Number.POSITIVE_INFINITY, acknowledgedAt(operation)));
  }
  for (const news of evidence.log.filter(({ data }) => !data.reminder)) {
    const { booking } = news.data;
    const marker = markerOf(news);
    const isEnd = news.event === "booking.cancelled";
    const latest = isEnd ? deletions.get(booking.id) : acknowledgedAt(operations.get(marker ?? ""));
    const change = { version: booking.version, time: Date.parse(news.time), value: booking };
    const known = changes.get(booking.id) ?? [];
    changes.set(booking.id, [...known, { ...change, latest: latest ?? Number.POSITIVE_INFINITY }]);
  }
  return new Map([...changes].map(([id, all]) => [id, statesOf(id, all)]));
}

/** The states of users or resources: the first in full, and then field by field. */
function rowStates<T>(
  { rows }: Evidence,
  operations: Map<string, Operation>,
  subjectType: "user" | "resource",
  stateOf: (fields: Record<string, unknown>) => T,
): Map<string, State<T>[]> {
  const all = new Map<string, Change<T>[]>();
  const fields = new Map<string, Record<string, unknown>>();
  for (const { subjectId, type, version, time, data } of rows.events.filter(
    (e) => e.subjectType === subjectType,
  )) {
    const changed = Object.entries((data.changes ?? {}) as Record<string, { after: unknown }>);
    const now = {
      ...fields.get(subjectId),
      ...(data[subjectType] ?? {}),
      ...Object.fromEntries(changed.map(([field, { after }]) => [field, after])),
      ...(type.endsWith(".deleted") ? { deleted: true } : {}),
    };
    fields.set(subjectId, now);
    const marker = String(subjectType === "user" ? now.name : now.description).replace(/^Person /, "");
    const latest = acknowledgedAt(type.endsWith(".deleted") ? undefined : operations.get(marker));
    all.set(subjectId, [...(all.get(subjectId) ?? []), { version, time, latest, value: stateOf(now) }]);
  }
  return new Map([...all].map(([id, changes]) => [id, statesOf(id, changes)]));
}

export function timelineOf(evidence: Evidence): Timeline {
  const operations = new Map(evidence.operations.map((operation) => [operation.id, operation]));
  const bookings = bookingStates(evidence, operations);
  const onResource = new Map<string, State<Booking>[]>();
  for (const state of [...bookings.values()].flat().filter(({ value }) => value.status === "confirmed")) {
    const known = onResource.get(state.value.resourceId) ?? [];
    known.push(state);
    onResource.set(state.value.resourceId, known);
  }
  const added = evidence.rows.events.filter(({ type }) => type === "resource.created");
  const calendars = added.filter(({ data }) => data.resource.kind === "calendar");
  return {
    operations,
    calendars: new Map(calendars.map(({ subjectId, data }) => [data.resource.ownerId, subjectId])),
    bookings,
    onResource,
    resources: rowStates(evidence, operations, "resource", ({ capacity, deleted }) => ({
      capacity: Number(capacity),
      deleted: deleted === true,
    })),
    users: rowStates(evidence, operations, "user", ({ role, status }) => ({
      role: String(role),
      status: String(status),
    })),
  };
}

/** Whether it may have been so at some time between. */
export function mayHold(state: State<unknown>, from: number, until: number): boolean {
  return state.from.earliest <= until && state.until.latest >= from;
}

/** Whether it was so all the time between, whatever the order of what ran at once. */
export function holdsThroughout(state: State<unknown>, from: number, until: number): boolean {
  return state.from.latest <= from && state.until.earliest >= until;
}
