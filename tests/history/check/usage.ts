import type { Booking } from "../evidence.ts";
import { mayHold, type State, type Timeline } from "./timeline.ts";

/** How much of a resource is used, and when. Half-open, in milliseconds. */
export type Use = { start: number; end: number; quantity: number };

type Slot = Pick<Booking, "startTime" | "endTime" | "quantity">;

/** Each slot is compared with thousands of others: its times are parsed once. */
const known = new WeakMap<Slot, Use>();

export function useOf(slot: Slot): Use {
  const { startTime, endTime, quantity } = slot;
  const use = known.get(slot) ?? { start: Date.parse(startTime), end: Date.parse(endTime), quantity };
  known.set(slot, use);
  return use;
}

export function usedAt(uses: Use[], instant: number): number {
  return uses.reduce(
    (sum, { start, end, quantity }) => sum + (start <= instant && instant < end ? quantity : 0),
    0,
  );
}

/** The most that is used at any one instant of `[from, until)`. It is reached where something begins. */
export function peak(uses: Use[], from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY): number {
  const touching = uses.filter(({ start, end }) => start < until && end > from);
  return touching.reduce((most, { start }) => Math.max(most, usedAt(touching, Math.max(start, from))), 0);
}

/** The smallest and the largest capacity that a resource may have had between two moments. */
export function capacityBetween({ resources }: Timeline, resourceId: string, from: number, until: number) {
  const all = (resources.get(resourceId) ?? []).filter((state) => mayHold(state, from, until));
  const capacities = all.map(({ value }) => value.capacity);
  return { least: Math.min(...capacities), most: Math.max(...capacities) };
}

export function touches(state: State<Booking>, { start, end }: { start: number; end: number }): boolean {
  const use = useOf(state.value);
  return use.start < end && start < use.end;
}
