import type { Metric, Sample } from "../ports/metrics.ts";

const escaped = (text: string) => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");

/** Measurements in Prometheus' text format, version 0.0.4. */
export async function metricsText(metrics: Metric[]): Promise<{ text: string; contentType: string }> {
  const blocks = await Promise.all(metrics.map(blockOf));
  return { text: blocks.join("\n"), contentType: "text/plain; version=0.0.4; charset=utf-8" };
}

async function blockOf({ name, help, type, read }: Metric): Promise<string> {
  const lines = (await read()).map((sample) => lineOf(name, sample));
  return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function lineOf(metric: string, { name = metric, labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${escaped(String(text)).replace(/"/g, '\\"')}"`,
  );
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
