import type { Context } from "../../../operations/context.ts";
import type { JobMetrics } from "../../../operations/jobs/metrics.ts";
import { createApi } from "../../kit/endpoint.ts";
import { getJobMetrics } from "./contract.ts";

export function jobMetricsRoutes(context: Context, numbers: () => Promise<JobMetrics>) {
  const { app, on } = createApi(context);
  on(getJobMetrics, async (c) => {
    const { timestamp, ...rest } = await numbers();
    return c.json({ timestamp: timestamp.toISOString(), ...rest }, 200);
  });
  return app;
}
