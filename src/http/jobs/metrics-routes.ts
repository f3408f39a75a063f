import type { Context } from "../../operations/context.ts";
import { metrics } from "../../operations/jobs/metrics.ts";
import type { Jobs } from "../../ports/jobs.ts";
import { createApi } from "../api.ts";
import { getJobMetrics } from "./contract.ts";

export function jobMetricsRoutes(context: Context, jobs: Jobs) {
  const { app, on } = createApi(context);
  on(getJobMetrics, async (c) => {
    const { timestamp, ...numbers } = await metrics(context, jobs);
    return c.json({ timestamp: timestamp.toISOString(), ...numbers }, 200);
  });
  return app;
}
