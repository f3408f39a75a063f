import { pino } from "pino";
import type { Channel } from "../../src/domain/reminders/reminder-rule.ts";
import { type Clock, systemClock } from "../../src/ports/clock.ts";
import type { Notifiers } from "../../src/ports/notifier.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import type { Broker } from "../../worker/queues/broker.ts";
import { bullmqBroker } from "../../worker/queues/bullmq.ts";
import { embeddedBroker } from "../../worker/queues/embedded.ts";
import { startWorker } from "../../worker/worker.ts";
import { testContext } from "./harness.ts";

const log = pino({ level: process.env.TEST_LOG ?? "silent" });

type Kinds = typeof catalogue;

/** A broker as a process would have it, on Redis where a URL is given. */
export async function openBroker(
  store: Store,
  {
    redisUrl,
    clock = systemClock,
    kinds = catalogue,
  }: { redisUrl?: string; clock?: Clock; kinds?: Kinds } = {},
): Promise<Broker> {
  const needs = { kinds: Object.keys(kinds), tasks: store.tasks, clock, log };
  if (!redisUrl) return embeddedBroker(needs);
  const installation = await store.settingOnce("INSTALLATION_ID", crypto.randomUUID());
  return bullmqBroker({ url: redisUrl, installation, ...needs });
}

/** The worker's own parts in this process, over a store that a test may look into or break, and channels that keep a count. */
export function startInProcessWorker(
  store: Store,
  broker: Broker,
  {
    sendMs = 5,
    clock = systemClock,
    kinds = catalogue,
  }: { sendMs?: number; clock?: Clock; kinds?: Kinds } = {},
) {
  const sent: { id: string; channel: Channel }[] = [];
  const recorder = (channel: Channel) => ({
    cannotReach: () => null,
    send: async ({ reminder }: { reminder: { id: string } }) => {
      sent.push({ id: reminder.id, channel });
      await Bun.sleep(sendMs);
    },
  });
  const notifiers: Notifiers = { websocket: recorder("websocket"), email: recorder("email") };
  const needs = { ...testContext(store, clock), log, notifiers, mail: undefined };
  const stop = startWorker(needs, { broker, observe: (_, run) => run(), kinds });
  return { sent, stop };
}

/** The same store with some acts of the ledger replaced. */
export function withTasks(store: Store, change: (tasks: Tasks) => Partial<Tasks>): Store {
  return { ...store, tasks: { ...store.tasks, ...change(store.tasks) } };
}
