import type { Logger } from "pino";
import type { Clock } from "../../src/ports/clock.ts";
import type { QueueCounts } from "../../src/ports/jobs.ts";
import { type LedgerName, type Ledgers, ledgerNames } from "../../src/ports/ledger.ts";
import type { Processor } from "../processor.ts";
import { createRunner } from "../runner.ts";
import type { Broker } from "./broker.ts";

/** Other processes on the same database plan too: their plans are found within this time. */
const pollMs = 1_000;
const concurrency = 20;
/** A database that is down for longer than this shows in `/health`. */
const staleMs = 10_000;

type Needs = { ledgers: Ledgers; clock: Clock; log: Logger };

/** No queue at all: a timer for the next attempt that the ledger knows of. */
export function embeddedBroker({ ledgers, clock, log }: Needs): Broker {
  const alarms = new Map<LedgerName, ReturnType<typeof ledgerAlarm>>();
  return {
    broker: "embedded",
    add: (name, deliveries) => {
      for (const { attemptAt } of deliveries) if (attemptAt) alarms.get(name)?.ringBy(attemptAt);
    },
    work: (processors) => {
      for (const processor of processors) alarms.set(processor.name, ledgerAlarm(processor, { clock, log }));
      return async () => {
        await Promise.all([...alarms.values()].map((alarm) => alarm.stop()));
      };
    },
    isWorked: async () => [...alarms.values()].every((alarm) => alarm.isAlive()) && alarms.size > 0,
    reached: async () => {},
    counts: async () => {
      const now = clock.now();
      const each = ledgerNames.map(async (name): Promise<[LedgerName, QueueCounts]> => {
        const { sent, ...open } = await ledgers[name].counts(now);
        return [name, { ...open, completed: sent }];
      });
      return Object.fromEntries(await Promise.all(each)) as Record<LedgerName, QueueCounts>;
    },
    // There is no queue besides the ledger.
    retryFailed: async () => {},
    close: async () => {},
  };
}

/** Wakes a runner at the next attempt of its ledger, to the millisecond, and every second in any case. */
// biome-ignore lint/suspicious/noExplicitAny: a processor of any kind
function ledgerAlarm(processor: Processor<any>, { clock, log }: Pick<Needs, "clock" | "log">) {
  const runner = createRunner(processor, { clock, log, concurrency });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ringsAt = 0;
  let stopped = false;
  let passing: Promise<void> | null = null;
  let passedAt = performance.now();

  const setFor = (at: number) => {
    if (stopped) return;
    clearTimeout(timer);
    ringsAt = at;
    timer = setTimeout(ring, Math.max(0, at - clock.now().getTime()));
  };
  const ring = () => {
    passing ??= pass().finally(() => {
      passing = null;
    });
  };
  const pass = async () => {
    const latest = clock.now().getTime() + pollMs;
    setFor(latest);
    try {
      await runner.pass();
      passedAt = performance.now();
      const next = await processor.ledger.nextAttemptAt();
      if (next && next.getTime() < ringsAt) setFor(next.getTime());
    } catch (err) {
      log.warn({ err, ledger: processor.name }, "the ledger can't be read; trying again");
    }
  };
  ring();
  return {
    ringBy: (at: Date) => {
      if (at.getTime() < ringsAt) setFor(at.getTime());
    },
    isAlive: () => performance.now() - passedAt < staleMs,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await passing;
      await runner.settled();
    },
  };
}
