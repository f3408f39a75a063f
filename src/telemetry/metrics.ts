import { Counter, Gauge, Registry } from "prom-client";
import type { RefusalCode } from "../domain/refusal.ts";
import type { LedgerName } from "../ports/ledger.ts";
import { version } from "../version.ts";
import { histogram } from "./histogram.ts";
import { processMetrics } from "./process-metrics.ts";

export type DeliveryOutcome = "delivered" | "skipped" | "failed";

/** What this process measures of its own work; served at `/metrics`. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const seconds = (name: string, help: string, labelNames: string[] = []) =>
    histogram({ name, help, labelNames, buckets, registry });

  processMetrics(registry);
  new Gauge({ name: "booking_info", help: "The version that runs", labelNames: ["version"], registers }).set(
    { version },
    1,
  );
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
  let busy = 0;
  new Gauge({
    name: "booking_store_pool_busy",
    help: "Connections in use",
    registers,
    collect() {
      this.set(busy);
    },
  });
  const poolSize = new Gauge({ name: "booking_store_pool_size", help: "Connections at most", registers });
  const refusals = new Counter({
    name: "booking_refusals_total",
    help: "What was refused, on HTTP and sockets",
    labelNames: ["code"],
    registers,
  });
  const deliveries = new Counter({
    name: "booking_deliveries_total",
    help: "Attempts at reminders and mails by this process",
    labelNames: ["ledger", "outcome"],
    registers,
  });

  return {
    registry,
    request: (method: string, route: string, status: number, durationMs: number) =>
      requests(durationMs / 1000, method, route, String(status)),
    query: (query: string, durationMs: number, ok: boolean) =>
      queries(durationMs / 1000, query, ok ? "true" : "false"),
    pool: {
      size: (connections: number) => poolSize.set(connections),
      acquired: (waitMs: number) => {
        poolWait(waitMs / 1000);
        busy += 1;
      },
      released: () => {
        busy -= 1;
      },
    },
    refusal: (code: RefusalCode) => refusals.inc({ code }),
    delivery: (ledger: LedgerName, outcome: DeliveryOutcome) => deliveries.inc({ ledger, outcome }),
    /** A number that is read when it is asked for; left out while it can't be read. */
    watch: (name: string, help: string, read: () => number | Promise<number>) => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers,
        collect: async () => {
          const value = await Promise.resolve()
            .then(read)
            .catch(() => null);
          if (value === null) gauge.reset();
          else gauge.set(value);
        },
      });
    },
  };
}
