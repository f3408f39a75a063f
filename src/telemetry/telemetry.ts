import type { Delivery } from "../domain/deliveries/delivery.ts";
import type { Channel } from "../domain/deliveries/reminder-rule.ts";
import type { RefusalLog } from "../ports/audit.ts";
import type { LedgerName } from "../ports/ledger.ts";
import type { Notifier, Notifiers } from "../ports/notifier.ts";
import type { StoreObserver } from "../ports/store-observer.ts";
import { noTracer, type Tracer } from "../ports/tracer.ts";
import { version } from "../process/version.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { observeStore } from "./observe-store.ts";

type Outcome = { skipped: string } | undefined;

/** What a process reports about its own work: always measurements, and traces if there is a collector. */
export type Telemetry = {
  tracer: Tracer;
  metrics: Metrics;
  storeObserver: StoreObserver;
  observeDelivery(ledger: LedgerName, delivery: Delivery, deliver: () => Promise<Outcome>): Promise<Outcome>;
  observeNotifiers(notifiers: Notifiers): Notifiers;
  observeRefusals<L extends RefusalLog>(refusalLog: L): L;
};

type Options = { endpoint: string | undefined; engine: "postgres" | "sqlite" };

/** The tracing code is loaded only where it is used. */
export async function openTelemetry({ endpoint, engine }: Options): Promise<Telemetry> {
  const tracer = endpoint ? (await import("./otlp-tracer.ts")).otlpTracer({ endpoint, version }) : noTracer;
  const metrics = createMetrics();
  return {
    tracer,
    metrics,
    storeObserver: observeStore(engine, metrics, tracer),
    observeDelivery: (ledger, delivery, deliver) => {
      const { id, attempts, traceParent: parent } = delivery;
      const attributes = {
        "messaging.destination.name": ledger,
        "messaging.message.id": id,
        "booking.attempt": attempts,
      };
      return tracer.span(`deliver ${ledger}`, { kind: "consumer", attributes, parent }, async () => {
        const outcome = await deliver().catch((error) => {
          metrics.delivery(ledger, "failed");
          throw error;
        });
        metrics.delivery(ledger, outcome ? "skipped" : "delivered");
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
