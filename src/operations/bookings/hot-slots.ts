import type { Interval } from "../../domain/scheduling/interval.ts";
import type { Clock } from "../../ports/clock.ts";

type Slot = Interval & { resourceId: string };

/** Slots that several want at once. */
export type HotSlots = {
  /** Whether it was just taken, or refused to somebody; if this process is claiming it now, waits for that. */
  isLikelyTaken(slot: Slot): Promise<boolean>;
  /** Runs a commit that claims the slot. */
  claim<T>(slot: Slot, commit: () => Promise<T>): Promise<T>;
  refused(slot: Slot): void;
};

const hotMs = 1_000;
const maxSlots = 1_000;

/**
 * Lets callers look at a slot before they ask for its lock, if others have just wanted it too. Many callers who want
 * one slot then share one look, instead of taking turns to be refused; a slot that only one caller wants costs nothing
 * more.
 */
export function hotSlots(clock: Clock): HotSlots {
  const hotUntil = new Map<string, number>();
  const underWay = new Map<string, Promise<unknown>>();
  const keyOf = ({ resourceId, startTime, endTime }: Slot) =>
    `${resourceId} ${startTime.getTime()} ${endTime.getTime()}`;
  return {
    isLikelyTaken: async (slot) => {
      const key = keyOf(slot);
      const claim = underWay.get(key);
      if (!claim) return (hotUntil.get(key) ?? 0) > clock.now().getTime();
      await claim;
      return true;
    },
    claim: (slot, commit) => {
      const key = keyOf(slot);
      const committing = commit();
      if (underWay.has(key)) return committing;
      const end = () => void underWay.delete(key);
      underWay.set(key, committing.then(end, end));
      return committing;
    },
    refused: (slot) => {
      const key = keyOf(slot);
      hotUntil.delete(key);
      hotUntil.set(key, clock.now().getTime() + hotMs);
      if (hotUntil.size > maxSlots) hotUntil.delete(hotUntil.keys().next().value as string);
    },
  };
}
