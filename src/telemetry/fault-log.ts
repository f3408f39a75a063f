import { repeating } from "../lib/repeating.ts";

type Log = { error(fields: object, message: string): void };

/**
 * Logs database faults with their cause, each kind at most once every ten seconds. Callers only see `unavailable`, so
 * this is where an operator finds out why.
 */
export function faultLog(log: Log, nowMs?: () => number) {
  const report = repeating((fields) => log.error(fields, "the database is not available"), nowMs);
  // There are as many kinds as the database has codes: the sentences are ours.
  return (code: string, err: unknown, detail: string): void =>
    report({ err, code, detail }, `${code} ${detail}`);
}
