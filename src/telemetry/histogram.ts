import type { Registry } from "prom-client";

type Options = {
  name: string;
  help: string;
  labelNames: string[];
  /** Upper bounds, inclusive, ascending. */
  buckets: number[];
  registry: Registry;
};

type Series = { labels: Record<string, string>; counts: number[]; sum: number };

/**
 * A histogram in a registry of prom-client, whose labels are told apart by their values alone: prom-client's own sorts and
 * hashes them with every observation, which costs a request more than finding its route.
 */
export function histogram({ name, help, labelNames, buckets, registry }: Options) {
  const all = new Map<string, Series>();
  const valuesOf = ({ labels, counts, sum }: Series) => {
    let below = 0;
    const cumulative = counts.map((count, n) => {
      below += count;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: buckets[n] ?? "+Inf" }, value: below };
    });
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  };
  const get = async () => ({ name, help, type: "histogram", values: [...all.values()].flatMap(valuesOf) });
  registry.registerMetric({ name, help, get } as never);

  /** Labels come in the order of their names. */
  return (value: number, ...labels: string[]): void => {
    const key = labels.join("\0");
    let series = all.get(key);
    if (!series) {
      const named = Object.fromEntries(labelNames.map((label, n) => [label, labels[n] ?? ""]));
      series = { labels: named, counts: Array(buckets.length + 1).fill(0), sum: 0 };
      all.set(key, series);
    }
    let n = 0;
    while (n < buckets.length && value > (buckets[n] as number)) n++;
    series.counts[n] = (series.counts[n] ?? 0) + 1;
    series.sum += value;
  };
}
