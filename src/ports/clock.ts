/** The time, as an operation sees it. Tests turn it by hand. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Runs evenly from the start of the process, whatever happens to the machine's own clock. */
export const steadyClock: Clock = { now: () => new Date(performance.timeOrigin + performance.now()) };
