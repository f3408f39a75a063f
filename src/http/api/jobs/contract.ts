import { z } from "@hono/zod-openapi";
import { ok } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { InstantOut } from "../../kit/schemas.ts";

const counts = z
  .object({
    waiting: z.int(),
    active: z.int(),
    completed: z.int(),
    failed: z.int(),
    delayed: z.int(),
    total: z.int(),
  })
  .openapi("QueueCounts");

export const JobMetrics = z
  .object({
    timestamp: InstantOut,
    broker: z.enum(["redis", "embedded"]),
    stats: counts,
    queues: z.record(z.string(), counts).openapi({ description: "By kind of task." }),
    reminders: z.object({
      scheduled: z.int(),
      sent: z.int(),
      skipped: z.int(),
      failed: z.int(),
      overdue: z.int().openapi({ description: "More than five seconds late, and not yet sent." }),
      latenessMs: z
        .object({ p50: z.number(), p95: z.number(), p99: z.number() })
        .openapi({ description: "Of the latest reminders sent, within a day." }),
    }),
  })
  .openapi("JobMetrics");

export const getJobMetrics = endpoint({
  method: "get",
  path: "/jobs/metrics",
  operationId: "getJobMetrics",
  summary: "Figures about the queues and the reminders",
  tags: ["Health"],
  responses: ok(JobMetrics, "The numbers."),
});
