import type { Interval } from "../../domain/interval.ts";
import type { Clock } from "../../ports/clock.ts";

type Slot = Interval & { resourceId: string };

/** Slots that somebody was just refused. */
export type HotSlots = { has(slot: Slot): boolean; add(slot: Slot): void };

const hotMs = 1_000;
const most = 1_000;

/**
 * Remembers for a second which slots were taken when somebody wanted them, so that whoever wants one of them next looks
 * before they ask for its lock: many who want one slot then share one look, instead of taking turns to be refused.
 */
export function hotSlots(clock: Clock): HotSlots {
  const until = new Map<string, number>();
  const keyOf = ({ resourceId, startTime, endTime }: Slot) =>
    `${resourceId} ${startTime.getTime()} ${endTime.getTime()}`;
  return {
    has: (slot) => (until.get(keyOf(slot)) ?? 0) > clock.now().getTime(),
    add: (slot) => {
      const key = keyOf(slot);
      until.delete(key);
      until.set(key, clock.now().getTime() + hotMs);
      if (until.size > most) until.delete(until.keys().next().value as string);
    },
  };
}
