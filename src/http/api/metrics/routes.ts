import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { forbidden } from "../../../domain/refusal.ts";
import type { Metric } from "../../../ports/metrics.ts";
import { isPrivateAddress } from "../../../process/client-address.ts";
import type { Env } from "../../kit/env.ts";

/** Prometheus text at `/metrics`, for this machine and private networks, or with the token. */
export function metricsRoutes(metrics: () => Metric[], token: string | undefined) {
  const routes = new Hono<Env>();
  routes.get("/metrics", async (c) => {
    const bearer = c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    const { ip = "", hidden = true } = c.env ?? {};
    const admitted = token ? await timingSafeEqual(bearer ?? "", token) : !hidden && isPrivateAddress(ip);
    if (!admitted) throw forbidden("Metrics are only for private addresses, or with the METRICS_TOKEN.");
    const registry = await registryOf(metrics());
    return c.body(await registry.metrics(), 200, { "Content-Type": registry.contentType });
  });
  return routes;
}

/** Writes the text. Loaded on first use, because it loads more code than all of the rest here. */
async function registryOf(metrics: Metric[]) {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, read } of metrics) {
    const get = async () => ({
      name,
      help,
      type,
      values: (await read()).map(({ name: metricName, ...sample }) => ({ metricName, ...sample })),
    });
    registry.registerMetric({ name, help, get } as never);
  }
  return registry;
}
