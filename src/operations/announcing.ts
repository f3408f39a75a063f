import type { Change } from "../domain/change.ts";
import type { Broadcast } from "../ports/broadcast.ts";
import type { Queue } from "../ports/queue.ts";
import type { Store } from "../ports/store.ts";
import type { Tracer } from "../ports/tracer.ts";

type Needs = { broadcast: Broadcast; queue: Queue; tracer: Tracer };

/**
 * A store that announces its commits: the tails of all instances look at the log at once, and the worker is woken in
 * time. Tasks carry the trace in which they were planned, so that doing them is part of it, even years later.
 */
export function announcing(store: Store, { broadcast, queue, tracer }: Needs): Store {
  return {
    ...store,
    commit: async (change) => {
      const outcome = await store.commit(withTrace(change, tracer.current()));
      if (outcome !== "committed") return outcome;
      broadcast.announce();
      for (const [kind, planned] of Map.groupBy(change.insert?.tasks ?? [], (task) => task.kind)) {
        const attributes = {
          "messaging.destination.name": kind,
          "messaging.batch.message_count": planned.length,
        };
        void tracer.span(`queue ${kind}`, { kind: "producer", attributes }, async () =>
          queue.add(kind, planned),
        );
      }
      return outcome;
    },
  };
}

function withTrace(change: Change, traceParent: string | null): Change {
  const planned = change.insert?.tasks;
  if (!traceParent || !planned) return change;
  return {
    ...change,
    insert: { ...change.insert, tasks: planned.map((task) => ({ ...task, traceParent })) },
  };
}
