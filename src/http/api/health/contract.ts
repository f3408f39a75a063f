import { z } from "@hono/zod-openapi";
import { channels } from "../../../domain/reminders/reminder-rule.ts";
import { answer, ok } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";

const Check = z.object({ status: z.enum(["ok", "unavailable"]), latencyMs: z.number() });

export const Health = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]),
    version: z.string(),
    uptimeSeconds: z.int(),
    checks: z.object({
      database: Check.extend({
        status: z.enum(["ok", "degraded", "unavailable"]),
        reason: z.string().optional(),
      }).openapi({
        description:
          "`degraded` if it can be read but not written, for example on a full disk; `reason` says why.",
      }),
      redis: Check.extend({
        warnings: z.array(z.string()).openapi({
          description: "Settings that let Redis lose jobs. No reminder is lost, but some are late.",
        }),
      })
        .optional()
        .openapi({ description: "Only where Redis is used." }),
      events: z
        .object({
          status: z.enum(["ok", "delayed", "unavailable"]),
          waitingSeconds: z.number(),
        })
        .openapi({
          description:
            "Live updates. `delayed`: committed events wait for an open transaction in the Postgres cluster, the oldest of them for `waitingSeconds`; `booking doctor` names it. `unavailable`: this instance can't read the event log.",
        }),
      worker: z
        .object({ status: z.enum(["ok", "unavailable"]) })
        .openapi({ description: "Whether a worker has been at work in the last seconds." }),
    }),
    channels: z
      .record(z.enum(channels), z.enum(["on", "off"]))
      .openapi({ description: "How reminders can be sent; reminders on a channel that is off are skipped." }),
  })
  .openapi("Health");

const tags: [string] = ["Health"];
const State = z.object({ status: z.enum(["ok", "unavailable"]) }).openapi("ProbeState");

export const getHealth = endpoint({
  method: "get",
  path: "/health",
  operationId: "getHealth",
  summary: "Health of the service and its dependencies",
  tags,
  responses: { ...ok(Health, "It serves."), ...answer(503, Health, "It can't serve.") },
});

export const getLive = endpoint({
  method: "get",
  path: "/health/live",
  operationId: "getLive",
  summary: "Whether the process runs",
  tags,
  responses: ok(State, "It runs."),
});

export const getReady = endpoint({
  method: "get",
  path: "/health/ready",
  operationId: "getReady",
  summary: "Whether to send it requests",
  tags,
  responses: {
    ...ok(State, "Ready."),
    ...answer(503, State, "Starting, stopping, or without its database."),
  },
});
