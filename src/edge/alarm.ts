import type { EdgeStorage } from "./runtime.ts";

/** Work that ends the object with it, by its time or its memory, must not end everything that is due later. */
const guardMs = 60_000;

/** The one alarm of an object, always set for the earliest time that was asked for. */
export type Alarm = {
  /** Rings by then. What it sets is written together with what the current request writes. */
  ringBy(at: Date): void;
  /** It has rung, and work begins: until `done`, it is set for soon, in case the object does not get that far. */
  rang(nowMs: number): void;
  /** The work is done. */
  done(): void;
};

type Storage = Pick<EdgeStorage, "getAlarm" | "setAlarm" | "deleteAlarm">;

export async function openAlarm(storage: Storage): Promise<Alarm> {
  let wanted = await storage.getAlarm();
  let guard = Number.POSITIVE_INFINITY;
  // The runtime holds back every answer until this is written.
  const set = () => {
    const at = Math.min(wanted ?? Number.POSITIVE_INFINITY, guard);
    void (Number.isFinite(at) ? storage.setAlarm(at) : storage.deleteAlarm());
  };
  return {
    ringBy: (at) => {
      const time = at.getTime();
      if (wanted !== null && wanted <= time) return;
      wanted = time;
      set();
    },
    rang: (nowMs) => {
      wanted = null;
      guard = nowMs + guardMs;
      set();
    },
    done: () => {
      guard = Number.POSITIVE_INFINITY;
      set();
    },
  };
}
