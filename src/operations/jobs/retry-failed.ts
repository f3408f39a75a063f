import type { Jobs } from "../../ports/jobs.ts";
import type { Context } from "../context.ts";

/** Retries now everything that failed for good; returns how much that is. */
export async function retryFailed(
  { store, clock }: Pick<Context, "store" | "clock">,
  jobs: Jobs,
): Promise<number> {
  const count = await store.tasks.retryFailed(clock.now());
  await jobs.retryFailed();
  return count;
}
