import type { Context } from "../../operations/context.ts";
import { type JobMetrics, metrics } from "../../operations/jobs/metrics.ts";
import type { Jobs } from "../../ports/jobs.ts";

const freshMs = 1_000;
/** Of the database's time, reading them takes no more than one part in so many. */
const share = 20;

/** The numbers of the jobs, read once a second at most, and less often where it takes long: they count rows, and anyone may ask. */
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
