import type { Channel } from "../domain/reminders/reminder-rule.ts";
import type { Task } from "../domain/tasks/task.ts";
import type { RefusalLog } from "../ports/audit.ts";
import type { Notifier, Notifiers } from "../ports/notifier.ts";
import type { StoreObserver } from "../ports/store-observer.ts";
import { noTracer, type Tracer } from "../ports/tracer.ts";
import { version } from "../process/version.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { observeStore } from "./observe-store.ts";
import { processMetrics } from "./process-metrics.ts";

type Outcome = { skipped: string } | undefined;

/** What a process reports about its own work: always measurements, and traces if there is a collector. */
export type Telemetry = {
  tracer: Tracer;
  metrics: Metrics;
  storeObserver: StoreObserver;
  observeTask(task: Task, run: () => Promise<Outcome>): Promise<Outcome>;
  observeNotifiers(notifiers: Notifiers): Notifiers;
  observeRefusals<L extends RefusalLog>(refusalLog: L): L;
};

type Options = { endpoint: string | undefined; engine: "postgres" | "sqlite" };

/** The tracing code is loaded only where it is used. */
export async function openTelemetry({ endpoint, engine }: Options): Promise<Telemetry> {
  const tracer = endpoint ? (await import("./otlp-tracer.ts")).otlpTracer({ endpoint, version }) : noTracer;
  const metrics = createMetrics(processMetrics());
  return {
    tracer,
    metrics,
    storeObserver: observeStore(engine, metrics, tracer),
    observeTask: (task, run) => {
      const { id, kind, attempts, traceParent: parent } = task;
      const attributes = {
        "messaging.destination.name": kind,
        "messaging.message.id": id,
        "booking.attempt": attempts,
      };
      return tracer.span(`do ${kind}`, { kind: "consumer", attributes, parent }, async () => {
        const outcome = await run().catch((error) => {
          metrics.attempt(kind, "failed");
          throw error;
        });
        metrics.attempt(kind, outcome ? "skipped" : "done");
        return outcome;
      });
    },
    observeNotifiers: (notifiers) =>
      Object.fromEntries(
        Object.entries(notifiers).map(([channel, notifier]) => [
          channel,
          traced(channel as Channel, notifier, tracer),
        ]),
      ),
    observeRefusals: (refusalLog) => ({
      ...refusalLog,
      count: (refusal, ...rest) => {
        metrics.refusal(refusal.code);
        refusalLog.count(refusal, ...rest);
      },
    }),
  };
}

function traced(channel: Channel, notifier: Notifier, tracer: Tracer): Notifier {
  return {
    ...notifier,
    send: (notification) =>
      tracer.span(`send ${channel}`, { kind: "producer", attributes: { "booking.channel": channel } }, () =>
        notifier.send(notification),
      ),
  };
}
