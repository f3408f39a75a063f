import type { Change } from "../domain/change.ts";
import type { Broadcast } from "../ports/broadcast.ts";
import { ledgerNames } from "../ports/ledger.ts";
import type { Queue } from "../ports/queue.ts";
import type { Store } from "../ports/store.ts";
import type { Tracer } from "../ports/tracer.ts";

type Needs = { broadcast: Broadcast; queue: Queue; tracer: Tracer };

/**
 * A store that announces its commits: the tails of all instances look at the log at once, and the worker is woken in
 * time. Deliveries carry the trace in which they were planned, so that their sending is part of it, even years later.
 */
export function announcing(store: Store, { broadcast, queue, tracer }: Needs): Store {
  return {
    ...store,
    commit: async (change) => {
      const outcome = await store.commit(withTrace(change, tracer.current()));
      if (outcome !== "committed") return outcome;
      broadcast.announce();
      for (const name of ledgerNames) {
        const deliveries = change.insert?.[name] ?? [];
        if (deliveries.length === 0) continue;
        const attributes = {
          "messaging.destination.name": name,
          "messaging.batch.message_count": deliveries.length,
        };
        void tracer.span(`queue ${name}`, { kind: "producer", attributes }, async () =>
          queue.add(name, deliveries),
        );
      }
      return outcome;
    },
  };
}

function withTrace(change: Change, traceParent: string | null): Change {
  if (!traceParent) return change;
  const insert = { ...change.insert };
  if (insert.reminders) insert.reminders = insert.reminders.map((row) => ({ ...row, traceParent }));
  if (insert.mails) insert.mails = insert.mails.map((row) => ({ ...row, traceParent }));
  return { ...change, insert };
}
