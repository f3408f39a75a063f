import { prometheus } from "@hono/prometheus";
import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { Gauge, Registry } from "prom-client";
import { isPrivateAddress } from "../../client-address.ts";
import { forbidden } from "../../domain/refusal.ts";
import type { JobMetrics } from "../../operations/jobs/metrics.ts";
import type { Env } from "../api.ts";

type Options = { numbers: () => Promise<JobMetrics>; token: string | undefined };

/** Prometheus text at `/metrics`, for this machine and private networks, or with the token; and what counts requests. */
export function createMetrics({ numbers, token }: Options) {
  const registry = new Registry();
  const { printMetrics, registerMetrics } = prometheus({
    registry,
    prefix: "booking_",
    collectDefaultMetrics: true,
  });
  jobGauges(registry, numbers);
  const routes = new Hono<Env>();
  routes.get("/metrics", async (c) => {
    const bearer = c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    const { ip = "", hidden = true } = c.env ?? {};
    const admitted = token ? await timingSafeEqual(bearer ?? "", token) : !hidden && isPrivateAddress(ip);
    if (!admitted) throw forbidden("Metrics are for private addresses, or for who has the METRICS_TOKEN.");
    return printMetrics(c);
  });
  return { routes, countRequests: registerMetrics };
}

/** Read when they are asked for. While the database or Redis is away they are left out, and the others are not. */
function jobGauges(registry: Registry, read: () => Promise<JobMetrics>): void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const jobs = gauge("booking_jobs", "Jobs in the queues, by state", ["queue", "state"]);
  const reminders = gauge("booking_reminders", "Reminders in the ledger, by state", ["state"]);
  const lateness = gauge("booking_reminder_lateness_seconds", "How late the latest reminders were sent", [
    "quantile",
  ]);
  const up = new Gauge({
    name: "booking_jobs_readable",
    help: "Whether the queues and the ledger could be read just now",
    registers: [registry],
    collect: async () => {
      for (const each of [jobs, reminders, lateness]) each.reset();
      const found = await read().catch(() => null);
      up.set(found ? 1 : 0);
      if (!found) return;
      for (const [queue, { total: _, ...states }] of Object.entries(found.queues)) {
        for (const [state, value] of Object.entries(states)) jobs.set({ queue, state }, value);
      }
      const { latenessMs, ...states } = found.reminders;
      for (const [state, value] of Object.entries(states)) reminders.set({ state }, value);
      for (const [quantile, value] of Object.entries(latenessMs)) {
        lateness.set({ quantile: `0.${quantile.slice(1)}` }, value / 1000);
      }
    },
  });
}
