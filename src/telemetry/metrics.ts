import type { RefusalCode } from "../domain/refusal.ts";
import type { Metric } from "../ports/metrics.ts";
import { version } from "../process/version.ts";
import { counter, gauge, histogram } from "./instruments.ts";

export type AttemptOutcome = "done" | "skipped" | "failed";

/** This process's measurements of its own work; served at `/metrics`. */
export type Metrics = ReturnType<typeof createMetrics>;

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** `own`: what the runtime measures of the process itself. */
export function createMetrics(own: Metric[] = []) {
  const all: Metric[] = [...own];
  const seconds = (name: string, help: string, labelNames: string[] = []) => {
    const { metric, observe } = histogram({ name, help, labelNames, buckets });
    all.push(metric);
    return observe;
  };
  const counts = (name: string, help: string, labelNames: string[]) => {
    const { metric, increment } = counter({ name, help, labelNames });
    all.push(metric);
    return increment;
  };
  all.push({
    name: "booking_info",
    help: "The version that runs",
    type: "gauge",
    read: () => [{ labels: { version }, value: 1 }],
  });
  const requests = seconds("booking_http_request_duration_seconds", "Requests, until their answer is ready", [
    "method",
    "route",
    "status",
  ]);
  const queries = seconds("booking_store_query_seconds", "Queries, with their wait for a connection", [
    "query",
    "ok",
  ]);
  const poolWait = seconds("booking_store_pool_wait_seconds", "How long queries waited for a connection");
  let [busy, size] = [0, 0];
  all.push(
    gauge("booking_store_pool_busy", "Connections in use", () => busy),
    gauge("booking_store_pool_size", "Connections at most", () => size),
  );
  const refusals = counts("booking_refusals_total", "What was refused, on HTTP and sockets", ["code"]);
  const attempts = counts("booking_task_attempts_total", "Attempts at tasks by this process", [
    "kind",
    "outcome",
  ]);

  return {
    all,
    request: (method: string, route: string, status: number, durationMs: number) =>
      requests(durationMs / 1000, method, route, String(status)),
    query: (query: string, durationMs: number, ok: boolean) =>
      queries(durationMs / 1000, query, ok ? "true" : "false"),
    pool: {
      size: (connections: number) => {
        size = connections;
      },
      acquired: (waitMs: number) => {
        poolWait(waitMs / 1000);
        busy += 1;
      },
      released: () => {
        busy -= 1;
      },
    },
    refusal: (code: RefusalCode) => refusals(code),
    attempt: (kind: string, outcome: AttemptOutcome) => attempts(kind, outcome),
    /** A number that is read on request; left out while it can't be read. */
    watch: (name: string, help: string, read: () => number | Promise<number>) => {
      const samples = async () => [{ value: await read() }];
      all.push({ name, help, type: "gauge", read: () => samples().catch(() => []) });
    },
  };
}
