import type { Metric } from "../ports/metrics.ts";

/** Measurements as Prometheus text. Its writer is loaded on first use, because it is large. */
export async function prometheusText(metrics: Metric[]): Promise<{ text: string; contentType: string }> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, read } of metrics) {
    const get = async () => ({
      name,
      help,
      type,
      values: (await read()).map(({ name: metricName, ...sample }) => ({ metricName, ...sample })),
    });
    registry.registerMetric({ name, help, get } as never);
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}
