import type { Metric } from "../ports/metrics.ts";

type Named = { name: string; help: string; labelNames: string[] };

const labelsOf = (names: string[], values: string[]) =>
  Object.fromEntries(names.map((name, n) => [name, values[n] ?? ""]));

/** Counts by labels, which are given in the order of their names. */
export function counter({ name, help, labelNames }: Named) {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  const metric: Metric = { name, help, type: "counter", read: () => [...counts.values()] };
  return {
    metric,
    increment: (...labels: string[]): void => {
      const key = labels.join("\0");
      const count = counts.get(key);
      if (count) count.value += 1;
      else counts.set(key, { labels: labelsOf(labelNames, labels), value: 1 });
    },
  };
}

type Series = { labels: Record<string, string>; counts: number[]; sum: number };

/**
 * Values by labels, in buckets with inclusive upper bounds, ascending. An observation finds its series by the values of
 * the labels. prom-client, which sorts and hashes them each time, would also have to be loaded at startup.
 */
export function histogram({ name, help, labelNames, buckets }: Named & { buckets: number[] }) {
  const all = new Map<string, Series>();
  const samplesOf = ({ labels, counts, sum }: Series) => {
    let below = 0;
    const cumulative = counts.map((count, n) => {
      below += count;
      return { name: `${name}_bucket`, labels: { ...labels, le: buckets[n] ?? "+Inf" }, value: below };
    });
    return [
      ...cumulative,
      { name: `${name}_sum`, labels, value: sum },
      { name: `${name}_count`, labels, value: below },
    ];
  };
  const metric: Metric = { name, help, type: "histogram", read: () => [...all.values()].flatMap(samplesOf) };
  return {
    metric,
    observe: (value: number, ...labels: string[]): void => {
      const key = labels.join("\0");
      let series = all.get(key);
      if (!series) {
        series = { labels: labelsOf(labelNames, labels), counts: Array(buckets.length + 1).fill(0), sum: 0 };
        all.set(key, series);
      }
      let n = 0;
      while (n < buckets.length && value > (buckets[n] as number)) n++;
      series.counts[n] = (series.counts[n] ?? 0) + 1;
      series.sum += value;
    },
  };
}

/** A number that is read when it is asked for. */
export function gauge(name: string, help: string, read: () => number): Metric {
  return { name, help, type: "gauge", read: () => [{ value: read() }] };
}
