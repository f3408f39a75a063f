import type { Context } from "../../operations/context.ts";
import { version } from "../../version.ts";
import { createApi } from "../api.ts";
import * as contract from "./contract.ts";

/** `isStopping` turns the readiness probe off while the process drains. */
export function healthRoutes(context: Context, isStopping: () => boolean) {
  const { app, on } = createApi(context);
  const startedAt = performance.now();

  on(contract.getHealth, async (c) => {
    const database = await checkDatabase(context);
    const uptimeSeconds = Math.floor((performance.now() - startedAt) / 1000);
    const body = { status: database.status, version, uptimeSeconds, checks: { database } };
    return c.json(body, database.status === "ok" ? 200 : 503);
  });

  on(contract.getLive, (c) => c.json({ status: "ok" as const }, 200));

  on(contract.getReady, async (c) => {
    const { status } = isStopping() ? { status: "unavailable" as const } : await checkDatabase(context);
    return c.json({ status }, status === "ok" ? 200 : 503);
  });

  return app;
}

async function checkDatabase({
  store,
}: Context): Promise<{ status: "ok" | "unavailable"; latencyMs: number }> {
  const start = performance.now();
  const status = await store.ping().then(
    () => "ok" as const,
    () => "unavailable" as const,
  );
  return { status, latencyMs: Math.round((performance.now() - start) * 10) / 10 };
}
