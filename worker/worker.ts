import type { Logger } from "pino";
import type { Delivery } from "../src/domain/deliveries/delivery.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { LedgerName } from "../src/ports/ledger.ts";
import type { Mailer } from "../src/ports/mailer.ts";
import type { Notifiers } from "../src/ports/notifier.ts";
import type { Store } from "../src/ports/store.ts";
import type { Tokens } from "../src/ports/tokens.ts";
import type { Processor } from "./processor.ts";
import { finishErasures } from "./processors/finish-erasures.ts";
import { purgeReceipts } from "./processors/purge-receipts.ts";
import { purgeSessions } from "./processors/purge-sessions.ts";
import { remind } from "./processors/remind.ts";
import { type ComposeAccountMail, sendMail } from "./processors/send-mail.ts";
import type { Broker } from "./queues/broker.ts";

export type WorkerNeeds = {
  store: Store;
  clock: Clock;
  /** A new UUIDv7. */
  newId(): string;
  log: Logger;
  tokens: Tokens;
  broker: Broker;
  notifiers: Notifiers;
  observe: ObserveDelivery;
  mail: { mailer: Mailer; composeAccountMail: ComposeAccountMail } | undefined;
};

/** Called around each attempt at a delivery. */
export type ObserveDelivery = (
  ledger: LedgerName,
  delivery: Delivery,
  deliver: () => Promise<{ skipped: string } | undefined>,
) => Promise<{ skipped: string } | undefined>;

function observed<T extends Delivery>(processor: Processor<T>, observe: ObserveDelivery): Processor<T> {
  const { name, deliver } = processor;
  return { ...processor, deliver: (claimed) => observe(name, claimed, () => deliver(claimed)) };
}

/** Periodic work, and how often it runs. Each is safe to run on several workers at once. */
const schedule = [
  { name: "purge-receipts", everyMs: 10 * 60 * 1000, run: purgeReceipts },
  { name: "purge-sessions", everyMs: 10 * 60 * 1000, run: purgeSessions },
  { name: "finish-erasures", everyMs: 60 * 1000, run: finishErasures },
];

/** Starts the processors and the schedule; the result stops them, after the work in progress. */
export function startWorker(needs: WorkerNeeds): () => Promise<void> {
  const { broker, observe } = needs;
  const stopProcessors = broker.work([observed(remind(needs), observe), observed(sendMail(needs), observe)]);
  const running = new Set<Promise<void>>();
  const timers = schedule.map(({ name, everyMs, run }) => {
    const once = () => {
      const done = run(needs)
        .catch((err) => needs.log.error({ err, job: name }, "job failed"))
        .finally(() => running.delete(done));
      running.add(done);
    };
    once();
    return setInterval(once, everyMs);
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all([stopProcessors(), ...running]);
  };
}
