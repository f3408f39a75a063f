import { finishErasures } from "../../worker/processors/finish-erasures.ts";
import { purgeReceipts } from "../../worker/processors/purge-receipts.ts";
import { purgeSessions } from "../../worker/processors/purge-sessions.ts";
import type { Runner } from "../../worker/runner.ts";
import type { WorkerNeeds } from "../../worker/worker-needs.ts";
import type { Log } from "../ports/log.ts";
import type { Alarm } from "./alarm.ts";
import type { Plans } from "./plans.ts";

type Options = {
  needs: Pick<WorkerNeeds, "store" | "clock" | "newId" | "tokens">;
  runners: Runner[];
  /** Of the tasks. */
  kinds: string[];
  alarm: Alarm;
  plans: Plans;
  log: Log;
  flushRefusals(): Promise<void>;
  /** Closes sockets that have expired, and returns when the next one does. */
  sweepSockets(): Date | null;
  purgeLimits(nowMs: number): void;
};

export type TimedWork = {
  /** Does what is due, and sets the alarm for what is next. What fails is tried again soon, and delays nothing else. */
  ring(): Promise<void>;
  /** Sets the alarm for what the data says is open, in case it was lost: restored data has none. */
  resume(): Promise<void>;
};

/** Everything that happens at a time of its own. */
export function timedWork(options: Options): TimedWork {
  const { needs, runners, kinds, alarm, plans, log, flushRefusals, sweepSockets, purgeLimits } = options;
  const { store, clock } = needs;
  const doTasks = async (runner: Runner) => {
    await runner.pass();
    await runner.idle();
    // What failed meanwhile has its next attempt in the ledger.
    plans.by(await runner.pass());
  };
  const purge = async () => {
    if (!plans.takePurge()) return;
    await purgeReceipts(needs);
    await purgeSessions(needs);
    purgeLimits(clock.now().getTime());
  };
  const erase = async () => {
    await finishErasures(needs);
    if ((await store.users.toRedact()).length > 0) plans.again();
  };
  const work: [name: string, run: () => Promise<void>][] = [
    ...runners.map((runner): [string, () => Promise<void>] => ["tasks", () => doTasks(runner)]),
    ["refusals", flushRefusals],
    ["sockets", async () => plans.by(sweepSockets())],
    ["purge", purge],
    ["erasures", erase],
  ];
  return {
    ring: async () => {
      alarm.rang();
      await Promise.all(
        work.map(([name, run]) =>
          run().catch((err) => {
            log.error({ err, work: name }, "timed work failed; trying again");
            plans.again();
          }),
        ),
      );
    },
    resume: async () => {
      for (const kind of kinds) plans.by(await store.tasks.nextAttemptAt(kind));
      if ((await store.users.toRedact()).length > 0) plans.again();
      plans.resumePurge();
    },
  };
}
