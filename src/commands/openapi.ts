import { pino } from "pino";
import { createApp } from "../http/app.ts";
import { memoryLimits } from "../limits/flexible.ts";
import type { Context } from "../operations/context.ts";
import type { Jobs } from "../ports/jobs.ts";
import { bunRuntime } from "../process/bun-runtime.ts";

/** Prints the OpenAPI document. Routes are declared without a database, so none is needed. */
export async function openapi(): Promise<void> {
  const log = pino({ level: "silent" });
  const limits = memoryLimits();
  const app = createApp({ limits, ownLimits: limits, limitScale: 1 } as Context, {
    log,
    jobs: {} as Jobs,
    channelsOn: [],
    runtime: bunRuntime,
  });
  const document = await (await app.request("/api/openapi.json")).json();
  console.log(JSON.stringify(document, null, 2));
}
