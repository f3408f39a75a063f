import type { Task } from "../src/domain/tasks/task.ts";
import type { Processor } from "./processor.ts";
import { catalogue } from "./processors/catalogue.ts";
import { finishErasures } from "./processors/finish-erasures.ts";
import { purgeReceipts } from "./processors/purge-receipts.ts";
import { purgeSessions } from "./processors/purge-sessions.ts";
import type { Broker } from "./queues/broker.ts";
import type { WorkerNeeds } from "./worker-needs.ts";

/** Called around each attempt at a task. */
export type ObserveTask = (
  task: Task,
  run: () => Promise<{ skipped: string } | undefined>,
) => Promise<{ skipped: string } | undefined>;

function observed(processor: Processor, observe: ObserveTask): Processor {
  return { ...processor, run: (task) => observe(task, () => processor.run(task)) };
}

/** Periodic work, and how often it runs. Each is safe to run on several workers at once. */
const schedule = [
  { name: "purge-receipts", everyMs: 10 * 60 * 1000, run: purgeReceipts },
  { name: "purge-sessions", everyMs: 10 * 60 * 1000, run: purgeSessions },
  { name: "finish-erasures", everyMs: 60 * 1000, run: finishErasures },
];

type Options = { broker: Broker; observe: ObserveTask; kinds?: typeof catalogue };

/** Starts the processors and the schedule; the result stops them, after the work in progress. */
export function startWorker(
  needs: WorkerNeeds,
  { broker, observe, kinds = catalogue }: Options,
): () => Promise<void> {
  const processors = Object.values(kinds).map((make) => observed(make(needs), observe));
  const stopProcessors = broker.work(processors);
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
