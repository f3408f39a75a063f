import { pino } from "pino";
import { createApp } from "../http/app.ts";
import type { Context } from "../operations/context.ts";

/** Prints the OpenAPI document. Routes are declared without a database, so none is needed. */
export async function openapi(): Promise<void> {
  const app = createApp({} as Context, { log: pino({ level: "silent" }), rateLimitScale: 1 });
  const document = await (await app.request("/api/openapi.json")).json();
  console.log(JSON.stringify(document, null, 2));
}
