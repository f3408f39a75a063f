import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metric } from "../ports/metrics.ts";
import { gauge } from "./instruments.ts";

/** Metrics of the process itself, under the names that dashboards know. Most of prom-client's own are wrong on Bun. */
export function processMetrics(): Metric[] {
  const startedAt = Date.now() / 1000 - process.uptime();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const longestDelaySeconds = () => {
    const { max } = delay;
    delay.reset();
    return max / 1e9;
  };
  return [
    gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss()),
    gauge("process_start_time_seconds", "When the process started, in seconds since 1970", () => startedAt),
    { ...gauge("process_cpu_seconds_total", "CPU time, user and system", cpuSeconds), type: "counter" },
    gauge(
      "booking_event_loop_delay_seconds",
      "The longest delay of the event loop since it was last asked for",
      longestDelaySeconds,
    ),
  ];
}
