import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { forbidden } from "../../../domain/refusal.ts";
import type { Metric } from "../../../ports/metrics.ts";
import type { Env } from "../../kit/env.ts";
import type { Runtime } from "../../runtime.ts";

/** Prometheus text at `/metrics`, for this machine and private networks, or with the token. */
export function metricsRoutes(
  metrics: () => Metric[],
  { token, runtime }: { token: string | undefined; runtime: Runtime },
) {
  const routes = new Hono<Env>();
  routes.get("/metrics", async (c) => {
    const bearer = c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    const { ip = "", hidden = true } = c.env ?? {};
    const admitted = token
      ? await timingSafeEqual(bearer ?? "", token)
      : !hidden && runtime.isPrivateAddress(ip);
    if (!admitted) throw forbidden("Metrics are only for private addresses, or with the METRICS_TOKEN.");
    const { text, contentType } = await runtime.metricsText(metrics());
    return c.body(text, 200, { "Content-Type": contentType });
  });
  return routes;
}
