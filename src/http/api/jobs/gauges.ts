import type { JobMetrics } from "../../../operations/jobs/metrics.ts";
import type { Metric, Sample } from "../../../ports/metrics.ts";

/** The job figures. While the database or Redis is down, only these are left out of the metrics. */
export function jobGauges(read: () => Promise<JobMetrics>): Metric[] {
  const gauge = (
    name: string,
    help: string,
    samples: (found: JobMetrics) => Sample[],
    type: Metric["type"] = "gauge",
  ): Metric => ({ name, help, type, read: () => read().then(samples, () => []) });
  return [
    gauge("booking_jobs", "Jobs in the queues, by state", ({ queues }) =>
      Object.entries(queues).flatMap(([queue, { total: _, ...states }]) =>
        Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
    ),
    gauge("booking_reminders", "Reminders in the ledger, by state", ({ reminders }) => {
      const { latenessMs: _, ...states } = reminders;
      return Object.entries(states).map(([state, value]) => ({ labels: { state }, value }));
    }),
    gauge(
      "booking_reminder_lateness_seconds",
      "How late the latest reminders were sent",
      ({ reminders: { latenessMs } }) =>
        Object.entries(latenessMs).map(([quantile, value]) => ({
          labels: { quantile: `0.${quantile.slice(1)}` },
          value: value / 1000,
        })),
      "summary",
    ),
    {
      name: "booking_jobs_readable",
      help: "Whether the queues and the ledger could be read just now",
      type: "gauge",
      read: () =>
        read().then(
          () => [{ value: 1 }],
          () => [{ value: 0 }],
        ),
    },
  ];
}
