type Log = { error(fields: object, message: string): void };

const everyMs = 10_000;

/**
 * Logs database faults with their cause: the first of each kind at once, then one line every ten seconds that says how
 * many there were. Callers only see `unavailable`, so this is where an operator finds out why.
 */
export function faultLog(log: Log, nowMs: () => number = () => performance.now()) {
  // There are as many as the database has codes: the sentences are ours.
  const known = new Map<string, { loggedAt: number; since: number }>();
  return (code: string, err: unknown, detail: string): void => {
    const kind = `${code} ${detail}`;
    const entry = known.get(kind);
    if (entry && nowMs() - entry.loggedAt < everyMs) {
      entry.since += 1;
      return;
    }
    known.set(kind, { loggedAt: nowMs(), since: 0 });
    log.error({ err, code, detail, sinceLastLine: entry?.since ?? 0 }, "the database is not available");
  };
}
