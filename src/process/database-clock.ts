import { type Clock, steadyClock } from "../ports/clock.ts";

/** Two quartz clocks drift apart by less than this: milliseconds per millisecond. */
const drift = 0.0001;
const firstMeasurements = 3;
const everyMs = 10_000;

type Estimate = { offsetMs: number; errorMs: number; at: number };

export type DatabaseClock = Clock & {
  /** Compares the clocks once. */
  measure(): Promise<void>;
  stop(): void;
};

/**
 * The database's clock, as precisely as possible without asking each time: the local clock plus the measured offset. So
 * all processes on one database agree on the time, and on who has claimed what until when, however their machines'
 * clocks are set.
 *
 * The database read its clock at some moment of the round trip, so the offset is known to within half of that. More exact
 * measurements count more; one that contradicts the last means that a clock was set, and replaces it.
 */
export async function databaseClock(
  read: () => Promise<Date>,
  { own = steadyClock }: { own?: Clock } = {},
): Promise<DatabaseClock> {
  let known: Estimate | null = null;
  const measure = async () => {
    const before = own.now().getTime();
    const theirs = (await read()).getTime();
    const at = own.now().getTime();
    // Both clocks are read to the millisecond.
    const measured = { offsetMs: theirs - (before + at) / 2, errorMs: (at - before) / 2 + 1, at };
    known = known ? reconcile(known, measured) : measured;
  };
  for (let n = 0; n < firstMeasurements; n++) await measure();
  // While the database can't be reached, which the store itself reports, the last measurement counts.
  const timer = setInterval(() => void measure().catch(() => {}), everyMs);
  return {
    now: () => new Date(own.now().getTime() + Math.round(known?.offsetMs ?? 0)),
    measure,
    stop: () => clearInterval(timer),
  };
}

function reconcile(known: Estimate, measured: Estimate): Estimate {
  const knownErrorMs = known.errorMs + Math.max(0, measured.at - known.at) * drift;
  const apart = measured.offsetMs - known.offsetMs;
  if (Math.abs(apart) > knownErrorMs + measured.errorMs) return measured;
  const weight = knownErrorMs / (knownErrorMs + measured.errorMs);
  return {
    offsetMs: known.offsetMs + weight * apart,
    errorMs: Math.min(knownErrorMs, measured.errorMs),
    at: measured.at,
  };
}
