import type { Context } from "../../../operations/context.ts";
import { type JobMetrics, metrics } from "../../../operations/jobs/metrics.ts";
import type { Jobs } from "../../../ports/jobs.ts";

const freshMs = 1_000;
/** Reading them takes at most one part in this many of the database's time. */
const share = 20;

/**
 * The job figures, read at most once a second, and less often if reading takes long: they count rows, and anyone may
 * ask.
 */
export function sharedMetrics(context: Context, jobs: Jobs): () => Promise<JobMetrics> {
  let latest: Promise<JobMetrics> | null = null;
  let freshUntil = 0;
  return () => {
    if (latest && performance.now() < freshUntil) return latest;
    const readAt = performance.now();
    freshUntil = readAt + freshMs;
    latest = metrics(context, jobs);
    void latest.then(
      () => {
        freshUntil = Math.max(freshUntil, readAt + share * (performance.now() - readAt));
      },
      () => {},
    );
    // What failed is asked for again by the next one.
    latest.catch(() => {
      latest = null;
    });
    return latest;
  };
}
