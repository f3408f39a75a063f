import { codeOf } from "../outage.ts";

/** How long a request waits while another program has locked the file. */
export const patienceMs = 3_000;
const longestPauseMs = 50;

/** Another connection has locked the file. The statement did nothing, so it can be tried again. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));
}

/**
 * Between two tries the event loop keeps running: SQLite's own busy timeout would stop the whole process. Random, so
 * that two waiting requests do not collide each time.
 */
export function pause(attempt: number): Promise<void> {
  return Bun.sleep(1 + Math.random() * Math.min(2 ** attempt, longestPauseMs));
}

/** Runs `work` again while the file is locked, until `patienceMs` have passed; then throws what it threw. */
export async function patiently<T>(work: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
    }
    await pause(attempt);
  }
}
