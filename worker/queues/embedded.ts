import { repeating } from "../../src/lib/repeating.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import type { Processor } from "../processor.ts";
import { createRunner } from "../runner.ts";
import type { Broker } from "./broker.ts";
import { ledgerJobs } from "./ledger-jobs.ts";

/** Other processes on the same database plan too: their plans are found within this time. */
const pollMs = 1_000;
const concurrency = 20;
/** A database that is down for longer than this shows in `/health`. */
const staleMs = 10_000;

type Needs = { kinds: string[]; tasks: Tasks; clock: Clock; log: Log };

/** No queue at all: a timer for the next attempt that the ledger knows of. */
export function embeddedBroker({ kinds, tasks, clock, log }: Needs): Broker {
  const alarms = new Map<string, ReturnType<typeof taskAlarm>>();
  return {
    ...ledgerJobs({ kinds, tasks, clock }),
    add: (kind, planned) => {
      for (const { attemptAt } of planned) if (attemptAt) alarms.get(kind)?.ringBy(attemptAt);
    },
    work: (processors) => {
      for (const processor of processors)
        alarms.set(processor.kind, taskAlarm(processor, { tasks, clock, log }));
      return async () => {
        await Promise.all([...alarms.values()].map((alarm) => alarm.stop()));
      };
    },
    isWorked: async () => [...alarms.values()].every((alarm) => alarm.isAlive()) && alarms.size > 0,
    close: async () => {},
  };
}

/** Wakes a runner at the next attempt of its kind, to the millisecond, and every second in any case. */
function taskAlarm(processor: Processor, { tasks, clock, log }: Omit<Needs, "kinds">) {
  const { kind } = processor;
  const runner = createRunner(processor, { tasks, clock, log, concurrency });
  const onFault = repeating((fields) => log.warn(fields, "the ledger can't be read; trying again"));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ringsAt = 0;
  let stopped = false;

  const setFor = (at: number) => {
    if (stopped) return;
    clearTimeout(timer);
    ringsAt = at;
    timer = setTimeout(ring, Math.max(0, at - clock.now().getTime()));
  };
  const ringBy = (at: Date) => {
    if (at.getTime() < ringsAt) setFor(at.getTime());
  };
  const ring = () => {
    setFor(clock.now().getTime() + pollMs);
    runner.pass().then(
      (next) => next && ringBy(next),
      (err) => onFault({ err, kind }),
    );
  };
  ring();
  return {
    ringBy,
    isAlive: () => runner.isAlive(staleMs),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await runner.stop();
    },
  };
}
