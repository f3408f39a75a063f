import { compose } from "../compose.ts";
import { metrics } from "../operations/jobs/metrics.ts";
import { retryFailed } from "../operations/jobs/retry-failed.ts";
import type { Config } from "../process/config.ts";
import { type Output, print } from "./output.ts";

export async function retry(config: Config, output: Output): Promise<void> {
  const { context, broker, close } = await compose(config);
  try {
    await broker.reached();
    const count = await retryFailed(context, broker);
    const text =
      count === 0 ? "Nothing has failed." : `Retrying ${count} failed ${count === 1 ? "job" : "jobs"} now.`;
    print(output, { retried: count }, text);
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
    print(output, found, lines.join("\n"));
  } finally {
    await close();
  }
}

function line(name: string, counts: Record<string, number>): string {
  const states = Object.entries(counts).map(([state, n]) => `${n} ${state}`);
  return `${name.padEnd(20)}${states.join(", ")}`;
}
