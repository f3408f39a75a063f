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
  /** Works off the tasks of each kind. */
  runners: Record<string, Runner>;
  alarm: Alarm;
  plans: Plans;
  log: Log;
  flushRefusals(): Promise<void>;
  /** Closes sockets that have expired, and returns when the next one does. */
  sweepSockets(): Date | null;
  purgeLimits(nowMs: number): void;
};

export type TimedWork = {
  /**
   * Starts what is due, and sets the alarm for what is next. Resolves without waiting for tasks: one that is slow must
   * not delay those that are due meanwhile. What fails is tried again soon, and delays nothing else.
   */
  ring(): Promise<void>;
  /** Resolves when nothing is in progress. */
  idle(): Promise<void>;
  /** Sets the alarm for what the data says is open, in case it was lost: restored data has none. */
  resume(): Promise<void>;
};

/** All scheduled work of an object. It runs from the alarm, so that an idle object sleeps. */
export function timedWork(options: Options): TimedWork {
  const { needs, runners, alarm, plans, log, sweepSockets } = options;
  const { store, clock } = needs;
  const inProgress = new Set<Promise<void>>();

  const start = (work: string, run: () => Promise<void>): Promise<void> => {
    const done = run()
      .catch((err) => {
        log.error({ err, work }, "scheduled work failed; trying again");
        plans.retrySoon();
      })
      .finally(() => {
        inProgress.delete(done);
        if (inProgress.size === 0) alarm.done();
      });
    inProgress.add(done);
    return done;
  };
  const doTasks = async (kind: string, runner: Runner) => {
    await runner.pass();
    await runner.idle();
    plans.ringBy(await store.tasks.nextAttemptAt(kind));
  };
  return {
    ring: async () => {
      alarm.rang(clock.now().getTime());
      const others = otherWork(options).map(([name, run]) => start(name, run));
      for (const [kind, runner] of Object.entries(runners)) void start(kind, () => doTasks(kind, runner));
      await Promise.all(others);
    },
    idle: async () => {
      while (inProgress.size > 0) await Promise.all(inProgress);
    },
    resume: async () => {
      for (const kind of Object.keys(runners)) plans.ringBy(await store.tasks.nextAttemptAt(kind));
      if ((await store.users.toRedact()).length > 0) plans.retrySoon();
      plans.ringBy(sweepSockets());
      if (plans.isPurgeDue()) plans.retrySoon();
    },
  };
}

/** All but the tasks, each by its name. */
function otherWork({ needs, plans, flushRefusals, sweepSockets, purgeLimits }: Options) {
  const { store, clock } = needs;
  const purge = async () => {
    if (!plans.isPurgeDue()) return;
    await purgeReceipts(needs);
    await purgeSessions(needs);
    purgeLimits(clock.now().getTime());
    plans.purged();
  };
  const erase = async () => {
    await finishErasures(needs);
    if ((await store.users.toRedact()).length > 0) plans.retrySoon();
  };
  const work: [name: string, run: () => Promise<void>][] = [
    ["refusals", flushRefusals],
    ["sockets", async () => plans.ringBy(sweepSockets())],
    ["purge", purge],
    ["erasures", erase],
  ];
  return work;
}
