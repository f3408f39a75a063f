import { asDone } from "../../src/domain/tasks/task.ts";
import { ChannelFault } from "../../src/ports/notifier.ts";
import type { Processor } from "../../worker/processor.ts";
import type { WorkerNeeds } from "../../worker/worker-needs.ts";

/** As a webhook would be: a receiver that refuses the first attempts, and a schedule of its own. */
export function toy(refusals: number, attempts: Date[]) {
  return ({ store, clock }: WorkerNeeds): Processor => ({
    kind: "toy",
    retry: { maxAttempts: 3, firstDelayMs: 1 },
    run: async (task) => {
      attempts.push(clock.now());
      if (attempts.length <= refusals) throw new ChannelFault("The receiver answered 500.");
      await store.tasks.conclude(asDone(task, clock.now()));
      return;
    },
  });
}
