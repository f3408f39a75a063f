import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { Gauge, type Registry } from "prom-client";
import { isPrivateAddress } from "../../client-address.ts";
import { forbidden } from "../../domain/refusal.ts";
import type { JobMetrics } from "../../operations/jobs/metrics.ts";
import type { Env } from "../api.ts";

type Options = { registry: Registry; numbers: () => Promise<JobMetrics>; token: string | undefined };

/** Prometheus text at `/metrics`, for this machine and private networks, or with the token. */
export function metricsRoutes({ registry, numbers, token }: Options) {
  jobGauges(registry, numbers);
  const routes = new Hono<Env>();
  routes.get("/metrics", async (c) => {
    const bearer = c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    const { ip = "", hidden = true } = c.env ?? {};
    const admitted = token ? await timingSafeEqual(bearer ?? "", token) : !hidden && isPrivateAddress(ip);
    if (!admitted) throw forbidden("Metrics are for private addresses, or for who has the METRICS_TOKEN.");
    return c.body(await registry.metrics(), 200, { "Content-Type": registry.contentType });
  });
  return routes;
}

/** Read when they are asked for. While the database or Redis is away they are left out, and the others are not. */
function jobGauges(registry: Registry, read: () => Promise<JobMetrics>): void {
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    fill: (gauge: Gauge, found: JobMetrics | null) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const found = await read().catch(() => null);
        this.reset();
        fill(this, found);
      },
    });
  gauge("booking_jobs", "Jobs in the queues, by state", ["queue", "state"], (jobs, found) => {
    for (const [queue, { total: _, ...states }] of Object.entries(found?.queues ?? {})) {
      for (const [state, value] of Object.entries(states)) jobs.set({ queue, state }, value);
    }
  });
  gauge("booking_reminders", "Reminders in the ledger, by state", ["state"], (reminders, found) => {
    const { latenessMs: _, ...states } = found?.reminders ?? { latenessMs: {} };
    for (const [state, value] of Object.entries(states)) reminders.set({ state }, value);
  });
  gauge(
    "booking_reminder_lateness_seconds",
    "How late the latest reminders were sent",
    ["quantile"],
    (lateness, found) => {
      for (const [quantile, value] of Object.entries(found?.reminders.latenessMs ?? {})) {
        lateness.set({ quantile: `0.${quantile.slice(1)}` }, value / 1000);
      }
    },
  );
  gauge(
    "booking_jobs_readable",
    "Whether the queues and the ledger could be read just now",
    [],
    (up, found) => up.set(found ? 1 : 0),
  );
}
