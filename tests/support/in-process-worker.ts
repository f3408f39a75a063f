import { pino } from "pino";
import type { Channel } from "../../src/domain/reminders/reminder-rule.ts";
import { type Clock, systemClock } from "../../src/ports/clock.ts";
import type { Notifiers } from "../../src/ports/notifier.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Broker } from "../../worker/queues/broker.ts";
import { bullmqBroker } from "../../worker/queues/bullmq.ts";
import { embeddedBroker } from "../../worker/queues/embedded.ts";
import { startWorker } from "../../worker/worker.ts";
import { testContext } from "./harness.ts";

const log = pino({ level: process.env.TEST_LOG ?? "silent" });

/** A broker as a process would have it, on Redis where a URL is given. */
export async function openBroker(
  store: Store,
  redisUrl?: string,
  clock: Clock = systemClock,
): Promise<Broker> {
  if (!redisUrl) return embeddedBroker({ ledgers: store.ledgers, clock, log });
  const installation = await store.settingOnce("INSTALLATION_ID", crypto.randomUUID());
  return bullmqBroker({ url: redisUrl, installation, clock, log });
}

/** The worker's own parts in this process, over a store that a test may look into or break, and channels that keep a count. */
export function startInProcessWorker(store: Store, broker: Broker, { sendMs = 5, clock = systemClock } = {}) {
  const sent: { id: string; channel: Channel }[] = [];
  const recorder = (channel: Channel) => ({
    cannotReach: () => null,
    send: async ({ reminder }: { reminder: { id: string } }) => {
      sent.push({ id: reminder.id, channel });
      await Bun.sleep(sendMs);
    },
  });
  const notifiers: Notifiers = { websocket: recorder("websocket"), email: recorder("email") };
  const context = testContext(store, clock);
  const stop = startWorker({
    ...context,
    log,
    broker,
    notifiers,
    mail: undefined,
    observe: (_ledger, _delivery, deliver) => deliver(),
  });
  return { sent, stop };
}

/** The same store with some acts of the reminders' ledger replaced. */
export function withLedger(
  store: Store,
  change: (ledger: Store["ledgers"]["reminders"]) => Partial<Store["ledgers"]["reminders"]>,
): Store {
  const { reminders, mails } = store.ledgers;
  return { ...store, ledgers: { reminders: { ...reminders, ...change(reminders) }, mails } };
}
