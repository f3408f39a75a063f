import type { JobsOptions, Queue } from "bullmq";
import { z } from "zod";
import type { Task } from "../../src/domain/tasks/task.ts";

/** One per kind of task. */
export type Queues = Record<string, Queue>;

/**
 * What passes between the processes: the id of a task, and nothing that a database would keep secret. Both ends
 * check it. Unknown fields are ignored, so that a newer sender works with an older worker and the other way round; a
 * field that is added later must be optional.
 */
export const taskJob = z.looseObject({ id: z.uuid() });

export const jobName = "deliver";

const day = 24 * 60 * 60;

export const jobOptions = {
  // The ledger decides how often and when: the job is tried again when the ledger sets its time.
  attempts: 1_000,
  backoff: { type: "ledger" },
  // Some are kept for those who look at the job page.
  removeOnComplete: { age: day, count: 1_000 },
  removeOnFail: { age: 7 * day, count: 10_000 },
} satisfies JobsOptions;

type Attempt = Pick<Task, "id" | "attempts" | "attemptAt">;

/**
 * A job for the next attempt. Its id depends only on the attempt, so the queue has it once, whichever process adds it. A queue
 * ignores an id that it has kept, so a `round` makes the second job for the same attempt distinct.
 */
export function jobFor({ id, attempts, attemptAt }: Attempt, now: Date, round?: number) {
  const delay = Math.max(0, (attemptAt ?? now).getTime() - now.getTime());
  const jobId = [id, attempts, ...(round === undefined ? [] : [round])].join("_");
  return { name: jobName, data: taskJob.parse({ id }), opts: { ...jobOptions, jobId, delay } };
}
