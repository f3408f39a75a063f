import type { Booking, Evidence } from "../evidence.ts";
import type { State, Timeline } from "./timeline.ts";
import { capacityBetween, peak, touches, useOf } from "./usage.ts";

/** Rows: what the claims say, and what SQL finds. */
export function rowsWithinCapacity({ rows, database }: Evidence): string[] {
  const capacities = new Map(rows.resources.map(({ id, capacity }) => [id, capacity]));
  const used = Map.groupBy(
    rows.claims.filter(({ blocking }) => blocking),
    ({ resourceId }) => resourceId,
  );
  const over = [...used].filter(([id, claims]) => {
    const uses = claims.map(({ startTime, endTime, quantity }) => ({
      start: startTime,
      end: endTime,
      quantity,
    }));
    return peak(uses) > (capacities.get(id) ?? 0);
  });
  return [
    ...over.map(([id]) => `More of ${id} is taken than there is.`),
    ...(database.overlaps + database.overbooked > 0
      ? [`SQL finds ${database.overlaps} overlaps and ${database.overbooked} overbooked resources.`]
      : []),
  ];
}

/**
 * Real time: whatever the order in the log, what had been acknowledged and was not yet being changed never took more
 * than the resource could have had. What is over by then is history, which a smaller capacity does not bind.
 */
export function neverOverbooked(_: Evidence, timeline: Timeline): string[] {
  return [...timeline.onResource.values()].flatMap((states) =>
    states.filter((state) => isOver(state, states, timeline, state.from.latest)).map(describe),
  );
}

function isOver(state: State<Booking>, states: State<Booking>[], timeline: Timeline, at: number): boolean {
  if (state.until.earliest < at) return false;
  const use = useOf(state.value);
  const uses = states
    .filter((other) => touches(other, use) && other.from.latest <= at && other.until.earliest >= at)
    .map(({ value }) => useOf(value));
  const { most } = capacityBetween(timeline, state.value.resourceId, at, at);
  return peak(uses, Math.max(use.start, at), use.end) > most;
}

/**
 * The log, event by event. SQLite's order is that of the commits. Postgres orders transactions by when they began to
 * write, so that a slot may be taken in the log before the change that freed it, if the two ran at once.
 */
export function logWithinCapacity({ engine, log }: Evidence, timeline: Timeline): string[] {
  const places = new Map<string, number>();
  log.forEach(({ data, event }, n) => {
    if (event !== "booking.reminder") places.set(`${data.booking.id} ${data.booking.version}`, n);
  });
  const placeOf = (id: string, version: number) => places.get(`${id} ${version}`) ?? Number.POSITIVE_INFINITY;
  const over = (state: State<Booking>, states: State<Booking>[]) => {
    const place = placeOf(state.id, state.version);
    const use = useOf(state.value);
    const isThere = (other: State<Booking>) => {
      if (!touches(other, use) || placeOf(other.id, other.version) > place) return false;
      if (placeOf(other.id, other.version + 1) <= place) return false;
      return engine === "sqlite" || other.until.earliest > state.from.latest;
    };
    const uses = states.filter(isThere).map(({ value }) => useOf(value));
    const { earliest, latest } = state.from;
    return (
      peak(uses, use.start, use.end) >
      capacityBetween(timeline, state.value.resourceId, earliest, latest).most
    );
  };
  return [...timeline.onResource.values()].flatMap((states) =>
    states.filter((state) => over(state, states)).map((state) => `In the log: ${describe(state)}`),
  );
}

function describe({ id, version, value }: State<Booking>): string {
  return `With version ${version} of ${id} more of ${value.resourceId} is taken than there is.`;
}
