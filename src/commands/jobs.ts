import { compose } from "../compose.ts";
import { metrics } from "../operations/jobs/metrics.ts";
import { retryFailed } from "../operations/jobs/retry-failed.ts";
import type { Config } from "../process/config.ts";
import { type Output, tell } from "./output.ts";

export async function retry(config: Config, output: Output): Promise<void> {
  const { context, broker, close } = await compose(config);
  try {
    await broker.reached();
    const count = await retryFailed(context, broker);
    const told =
      count === 0 ? "Nothing has failed." : `Retrying ${count} failed ${count === 1 ? "job" : "jobs"} now.`;
    tell(output, { retried: count }, told);
  } finally {
    await close();
  }
}

export async function status(config: Config, output: Output): Promise<void> {
  const { context, broker, close } = await compose(config);
  try {
    await broker.reached();
    const found = await metrics(context, broker);
    const { latenessMs, ...reminders } = found.reminders;
    const { p50, p99 } = latenessMs;
    const lateness = reminders.sent === 0 ? "-" : `${p50} ms (median), ${p99} ms (99th percentile)`;
    const lines = [
      ...Object.entries(found.queues).map(([name, counts]) => line(name, counts)),
      line("reminders", reminders),
      `Lateness of the latest reminders: ${lateness}.`,
    ];
    tell(output, found, lines.join("\n"));
  } finally {
    await close();
  }
}

function line(name: string, counts: Record<string, number>): string {
  const told = Object.entries(counts).map(([state, n]) => `${n} ${state}`);
  return `${name.padEnd(20)}${told.join(", ")}`;
}
