/** A half-open span of time, `[startTime, endTime)`: the end belongs to the next one. */
export type Interval = { startTime: Date; endTime: Date };

const dayMs = 24 * 60 * 60 * 1000;

/** No booking is longer. The guards of both databases search back exactly this far. */
export const longestBookingMs = 366 * dayMs;

export function lengthMs(interval: Interval): number {
  return interval.endTime.getTime() - interval.startTime.getTime();
}

/** The interval with `days` added on both sides. */
export function widen(interval: Interval, days: number): Interval {
  return {
    startTime: new Date(interval.startTime.getTime() - days * dayMs),
    endTime: new Date(interval.endTime.getTime() + days * dayMs),
  };
}
