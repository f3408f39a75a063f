import type { MiddlewareHandler } from "hono";
import type { Metric } from "../ports/metrics.ts";
import type { Env } from "./kit/env.ts";

export type SwaggerFile = "swagger-ui.css" | "swagger-ui-bundle.js";

/** What the HTTP interface needs from the runtime that it is served on. */
export type Runtime = {
  /** Compresses what is worth it, and nothing that holds a secret. */
  compression: MiddlewareHandler<Env>;
  /** A file of the package `swagger-ui-dist`. */
  swaggerFile(name: SwaggerFile): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;
  /** Measurements as Prometheus text. */
  metricsText(metrics: Metric[]): Promise<{ text: string; contentType: string }>;
  /** Whether a client at this address may read `/metrics` without a token. */
  isPrivateAddress(ip: string): boolean;
  /** How an operator has failed jobs tried again: words for the job page, after "To retry failed jobs, ". */
  retryJobs: string;
};
