import type { Jobs, QueueCounts } from "../../ports/jobs.ts";
import type { LedgerName } from "../../ports/ledger.ts";
import type { Context } from "../context.ts";

type Counts = QueueCounts & { total: number };

export type JobMetrics = {
  timestamp: Date;
  broker: Jobs["broker"];
  stats: Counts;
  queues: Record<LedgerName, Counts>;
  reminders: {
    scheduled: number;
    sent: number;
    skipped: number;
    failed: number;
    overdue: number;
    latenessMs: { p50: number; p95: number; p99: number };
  };
};

/** Deliveries later than this are overdue: until then a worker may be about to take them. */
const overdueMs = 5_000;
/** Lateness is measured over the latest reminders sent in this time, up to this many. */
const window = { hours: 24, count: 1_000 };

/** The state of the queues and the reminders. Only numbers: no ids, no names. */
export async function metrics(
  { store, clock }: Pick<Context, "store" | "clock">,
  jobs: Jobs,
): Promise<JobMetrics> {
  const now = clock.now();
  const since = new Date(now.getTime() - window.hours * 3_600_000);
  const [counts, ledger, skipped, overdue, lastSent] = await Promise.all([
    jobs.counts(),
    store.ledgers.reminders.counts(now),
    store.reminders.skipped(),
    store.reminders.overdue(new Date(now.getTime() - overdueMs)),
    store.reminders.lastSent(window.count, since),
  ]);
  const queues = Object.fromEntries(
    Object.entries(counts).map(([name, queue]) => [name, withTotal(queue)]),
  ) as JobMetrics["queues"];
  const lateness = lastSent.map(({ dueAt, sentAt }) => Math.max(0, sentAt.getTime() - dueAt.getTime()));
  return {
    timestamp: now,
    broker: jobs.broker,
    stats: withTotal(sum(Object.values(counts))),
    queues,
    reminders: {
      scheduled: ledger.waiting + ledger.active + ledger.delayed,
      sent: ledger.sent,
      skipped,
      failed: ledger.failed,
      overdue,
      latenessMs: {
        p50: percentile(lateness, 50),
        p95: percentile(lateness, 95),
        p99: percentile(lateness, 99),
      },
    },
  };
}

function withTotal(counts: QueueCounts): Counts {
  const { waiting, active, completed, failed, delayed } = counts;
  return {
    waiting,
    active,
    completed,
    failed,
    delayed,
    total: waiting + active + completed + failed + delayed,
  };
}

function sum(all: QueueCounts[]): QueueCounts {
  const total = (of: keyof QueueCounts) => all.reduce((so, counts) => so + counts[of], 0);
  return {
    waiting: total("waiting"),
    active: total("active"),
    completed: total("completed"),
    failed: total("failed"),
    delayed: total("delayed"),
  };
}

/** The nearest rank; 0 of nothing. */
function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
}
