import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/** The process itself, by the names that dashboards know. Of what prom-client brings, most is wrong on Bun. */
export function processMetrics(registry: Registry): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
  gauge("process_start_time_seconds", "When the process started, in seconds since 1970", () => startedAt);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time, user and system",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  gauge(
    "booking_event_loop_delay_seconds",
    "The longest delay of the event loop since it was last asked for",
    () => {
      const { max } = delay;
      delay.reset();
      return max / 1e9;
    },
  );
}
