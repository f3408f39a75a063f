import type { Context } from "../../operations/context.ts";
import { type JobMetrics, metrics } from "../../operations/jobs/metrics.ts";
import type { Jobs } from "../../ports/jobs.ts";

const freshMs = 1_000;

/** The numbers of the jobs, read once a second at most: they count rows, and anyone may ask for them. */
export function sharedMetrics(context: Context, jobs: Jobs): () => Promise<JobMetrics> {
  let latest: Promise<JobMetrics> | null = null;
  let readAt = 0;
  return () => {
    if (latest && performance.now() - readAt < freshMs) return latest;
    readAt = performance.now();
    latest = metrics(context, jobs);
    // What failed is asked for again by the next one.
    latest.catch(() => {
      latest = null;
    });
    return latest;
  };
}
