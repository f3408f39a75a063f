import { type Interval, lastInstant, lengthMs, widen } from "./interval.ts";

/** A stretch of time during which `quantity` of a resource is taken. */
export type Busy = Interval & { quantity: number };

/** A resource's capacity, the quantity wanted, and how much is taken when. */
type Space = { capacity: number; quantity: number; busy: Busy[] };

const most = 3;
const searchDays = [2, 14];

/**
 * The windows in which to look for alternatives, one after the other until `isEnough`. Anything free within one is
 * nearer than anything outside it, so the rest of a busy resource isn't read if something near is free.
 */
export function searchWindows(wanted: Interval): Interval[] {
  return searchDays.map((days) => widen(wanted, days));
}

/** Whether no wider window can have a better answer. */
export function isEnough(found: Interval[]): boolean {
  return found.length === most;
}

/**
 * Up to three intervals as long as `wanted` that can be booked, the nearest first (of two equally near, the later one),
 * within `window` and not before `now`. `busy` has everything that is taken in the window.
 */
export function alternatives(wanted: Interval, space: Space, window: Interval, now: Date): Interval[] {
  const length = lengthMs(wanted);
  const from = Math.max(window.startTime.getTime(), now.getTime());
  const gaps = freeGaps(space, from, Math.min(window.endTime.getTime(), lastInstant.getTime()));
  const starts = gaps.flatMap((gap) => placements(gap, wanted.startTime.getTime(), length));
  const distance = (start: number) => Math.abs(start - wanted.startTime.getTime());
  return starts
    .sort((a, b) => distance(a) - distance(b) || b - a)
    .slice(0, most)
    .map((start) => ({ startTime: new Date(start), endTime: new Date(start + length) }));
}

/** Whether `quantity` more fits at every instant of `wanted`. */
export function fits(wanted: Interval, space: Space): boolean {
  const [from, to] = [wanted.startTime.getTime(), wanted.endTime.getTime()];
  return freeGaps(space, from, to).some(([start, end]) => start <= from && end >= to);
}

/** How much is free at every instant of `wanted`. */
export function freeThroughout(wanted: Interval, { capacity, busy }: Omit<Space, "quantity">): number {
  const [from, to] = [wanted.startTime.getTime(), wanted.endTime.getTime()];
  let [taken, most] = [0, 0];
  for (const { at, by } of stepsOf(busy)) {
    if (at >= to) break;
    // Until `from`, only what is left of it there counts.
    if (at > from) most = Math.max(most, taken);
    taken += by;
  }
  return Math.max(0, capacity - Math.max(most, taken));
}

/** The changes of what is taken, in order: at the same instant, what ends makes room for what begins. */
function stepsOf(busy: Busy[]): { at: number; by: number }[] {
  return busy
    .flatMap((b) => [
      { at: b.startTime.getTime(), by: b.quantity },
      { at: b.endTime.getTime(), by: -b.quantity },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
}

/** The stretches of `[from, to)` in which `quantity` more still fits. */
function freeGaps(space: Space, from: number, to: number): [number, number][] {
  const gaps: [number, number][] = [];
  let [taken, freeSince]: [number, number | null] = [0, space.quantity <= space.capacity ? from : null];
  for (const step of stepsOf(space.busy)) {
    taken += step.by;
    const fits = taken + space.quantity <= space.capacity;
    if (!fits && freeSince !== null) {
      gaps.push([freeSince, Math.min(step.at, to)]);
      freeSince = null;
    } else if (fits && freeSince === null) {
      freeSince = Math.max(step.at, from);
    }
  }
  if (freeSince !== null) gaps.push([freeSince, to]);
  return gaps.filter(([start, end]) => end > start);
}

/** The start nearest to the wanted one in a gap, and its neighbours one length apart, at most three each way. */
function placements([start, end]: [number, number], wanted: number, length: number): number[] {
  const last = end - length;
  if (last < start) return [];
  const nearest = Math.min(Math.max(wanted, start), last);
  const neighbours = [-3, -2, -1, 0, 1, 2, 3].map((n) => nearest + n * length);
  return neighbours.filter((at) => at >= start && at <= last);
}
