import type { Jobs } from "../../ports/jobs.ts";
import { ledgerNames } from "../../ports/ledger.ts";
import type { Context } from "../context.ts";

/** Retries now everything that failed for good; returns how much that is. */
export async function retryFailed(
  { store, clock }: Pick<Context, "store" | "clock">,
  jobs: Jobs,
): Promise<number> {
  let count = 0;
  for (const name of ledgerNames) count += await store.ledgers[name].retryFailed(clock.now());
  await jobs.retryFailed();
  return count;
}
