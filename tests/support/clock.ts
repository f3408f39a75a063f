import type { Clock } from "../../src/ports/clock.ts";

/** A clock that stands still until it is turned. */
export type TestClock = Clock & { advance(milliseconds: number): void; set(time: Date): void };

export function testClock(start = "2027-01-01T00:00:00Z"): TestClock {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    advance: (milliseconds) => {
      now += milliseconds;
    },
    set: (time) => {
      now = time.getTime();
    },
  };
}
