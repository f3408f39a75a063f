import { compose } from "../compose.ts";
import type { Config } from "../config.ts";
import { retryFailed } from "../operations/jobs/retry-failed.ts";

export async function retry(config: Config): Promise<void> {
  const { context, broker, close } = await compose(config);
  try {
    const count = await retryFailed(context, broker);
    console.log(
      count === 0
        ? "Nothing has failed."
        : `${count} failed ${count === 1 ? "job is" : "jobs are"} tried again now.`,
    );
  } finally {
    await close();
  }
}
