import type { Context } from "../../../operations/context.ts";
import type { JobMetrics } from "../../../operations/jobs/metrics.ts";
import { createApi } from "../../kit/endpoint.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";

const presentMetrics = present(contract.JobMetrics);

export function jobMetricsRoutes(context: Context, numbers: () => Promise<JobMetrics>) {
  const { app, on } = createApi(context);
  on(contract.getJobMetrics, async (c) => {
    return c.json(presentMetrics(await numbers()), 200);
  });
  return app;
}
