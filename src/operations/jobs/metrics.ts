import { reminderKinds } from "../../domain/reminders/reminder.ts";
import type { Jobs, QueueCounts } from "../../ports/jobs.ts";
import type { Tasks } from "../../ports/tasks.ts";
import type { Context } from "../context.ts";

type Counts = QueueCounts & { total: number };

export type JobMetrics = {
  timestamp: Date;
  broker: Jobs["broker"];
  stats: Counts;
  /** By kind of task. */
  queues: Record<string, Counts>;
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
  const { tasks } = store;
  const [counts, reminders, lastDone] = await Promise.all([
    jobs.counts(),
    Promise.all(reminderKinds.map((kind) => countReminders(tasks, kind, now))),
    Promise.all(reminderKinds.map((kind) => tasks.lastDone(kind, window.count, since))),
  ]);
  const queues = Object.fromEntries(Object.entries(counts).map(([kind, queue]) => [kind, withTotal(queue)]));
  const latest = lastDone.flat().sort((a, b) => b.doneAt.getTime() - a.doneAt.getTime());
  const lateness = latest
    .slice(0, window.count)
    .map(({ dueAt, doneAt }) => Math.max(0, doneAt.getTime() - dueAt.getTime()));
  const all = (state: keyof ReminderCounts) => reminders.reduce((total, of) => total + of[state], 0);
  return {
    timestamp: now,
    broker: jobs.broker,
    stats: withTotal(sum(Object.values(counts))),
    queues,
    reminders: {
      scheduled: all("scheduled"),
      sent: all("sent"),
      skipped: all("skipped"),
      failed: all("failed"),
      overdue: all("overdue"),
      latenessMs: {
        p50: percentile(lateness, 50),
        p95: percentile(lateness, 95),
        p99: percentile(lateness, 99),
      },
    },
  };
}

type ReminderCounts = Omit<JobMetrics["reminders"], "latenessMs">;

async function countReminders(tasks: Tasks, kind: string, now: Date): Promise<ReminderCounts> {
  const [{ waiting, active, delayed, done, failed }, skipped, overdue] = await Promise.all([
    tasks.counts(kind, now),
    tasks.skipped(kind),
    tasks.overdue(kind, new Date(now.getTime() - overdueMs)),
  ]);
  return { scheduled: waiting + active + delayed, sent: done, skipped, failed, overdue };
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
