import styles from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundle from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { compression } from "../http/middleware/compression.ts";
import type { Runtime } from "../http/runtime.ts";
import { prometheusText } from "../telemetry/prometheus.ts";
import { isPrivateAddress } from "./client-address.ts";

const files = { "swagger-ui.css": styles, "swagger-ui-bundle.js": bundle };

/** Bun, from source or compiled. */
export const bunRuntime: Runtime = {
  compression,
  swaggerFile: (name) => Bun.file(files[name]).stream(),
  metricsText: prometheusText,
  isPrivateAddress,
  retryJobs: "run `booking jobs retry`",
};
