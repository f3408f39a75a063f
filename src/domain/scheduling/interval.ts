/** A half-open span of time, `[startTime, endTime)`: the end belongs to the next one. */
export type Interval = { startTime: Date; endTime: Date };

const dayMs = 24 * 60 * 60 * 1000;

/** The years in which a booking may begin and end. */
export const [firstYear, lastYear] = [1900, 9000];

/** The last instant at which a booking may end. */
export const lastInstant = new Date(Date.UTC(lastYear + 1, 0, 1) - 1);

/** No booking is longer. The databases rely on it. */
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
