const everyMs = 10_000;

/**
 * Reports a fault that repeats itself: the first of each kind at once, then one every ten seconds, with the number of
 * those in between. Without `kind`, all are of one kind.
 */
export function repeating<F extends object>(
  report: (fields: F & { sinceLastLine: number }) => void,
  nowMs: () => number = () => performance.now(),
): (fields: F, kind?: string) => void {
  const known = new Map<string, { reportedAt: number; since: number }>();
  return (fields, kind = "") => {
    const entry = known.get(kind);
    if (entry && nowMs() - entry.reportedAt < everyMs) {
      entry.since += 1;
      return;
    }
    known.set(kind, { reportedAt: nowMs(), since: 0 });
    report({ ...fields, sinceLastLine: entry?.since ?? 0 });
  };
}
