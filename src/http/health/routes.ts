import type { Context } from "../../operations/context.ts";
import { version } from "../../version.ts";
import { createApi } from "../api.ts";
import * as contract from "./contract.ts";

type Pingable = { ping(): Promise<void> };
type Options = { isStopping: () => boolean; redis: Pingable | undefined };

/** `isStopping` turns the readiness probe off while the process drains. */
export function healthRoutes(context: Context, { isStopping, redis }: Options) {
  const { app, on } = createApi(context);
  const startedAt = performance.now();

  on(contract.getHealth, async (c) => {
    const [database, queue] = await Promise.all([check(context.store), redis && check(redis)]);
    const degraded = queue?.status === "unavailable" ? "degraded" : "ok";
    const status = database.status === "ok" ? degraded : "unavailable";
    const uptimeSeconds = Math.floor((performance.now() - startedAt) / 1000);
    const checks = { database, ...(queue ? { redis: queue } : {}) };
    const body = { status, version, uptimeSeconds, checks } as const;
    return c.json(body, status === "unavailable" ? 503 : 200);
  });

  on(contract.getLive, (c) => c.json({ status: "ok" as const }, 200));

  on(contract.getReady, async (c) => {
    const { status } = isStopping() ? { status: "unavailable" as const } : await check(context.store);
    return c.json({ status }, status === "ok" ? 200 : 503);
  });

  return app;
}

async function check(dependency: Pingable): Promise<{ status: "ok" | "unavailable"; latencyMs: number }> {
  const start = performance.now();
  const status = await dependency.ping().then(
    () => "ok" as const,
    () => "unavailable" as const,
  );
  return { status, latencyMs: Math.round((performance.now() - start) * 10) / 10 };
}
