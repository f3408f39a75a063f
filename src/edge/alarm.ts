import type { EdgeStorage } from "./runtime.ts";

/** The one alarm of an object, always set for the earliest time that was asked for. */
export type Alarm = {
  /** Rings by then. What it sets is written together with what the current request writes. */
  ringBy(at: Date): void;
  /** It has rung: it is not set any more. */
  rang(): void;
};

export async function openAlarm(storage: Pick<EdgeStorage, "getAlarm" | "setAlarm">): Promise<Alarm> {
  let ringsAt = await storage.getAlarm();
  return {
    ringBy: (at) => {
      const time = at.getTime();
      if (ringsAt !== null && ringsAt <= time) return;
      ringsAt = time;
      // The runtime holds back every answer until this is written.
      void storage.setAlarm(time);
    },
    rang: () => {
      ringsAt = null;
    },
  };
}
