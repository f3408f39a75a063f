import { median } from "./process.ts";

/** `least`: the ratio must be this or more; `most`: or less. */
export type Target = { least: number } | { most: number };

type Measured = { id: string; what: string; ours: number; limit: number; unit: string; target: Target };

export const quick = process.argv.includes("--quick");

/** Medians of alternating rounds: ours, the limit, ours, the limit. */
export async function alternate(
  rounds: number,
  ours: () => Promise<number>,
  limit: () => Promise<number>,
): Promise<{ ours: number; limit: number }> {
  const found = { ours: [] as number[], limit: [] as number[] };
  for (let n = 0; n < rounds; n++) {
    found.ours.push(await ours());
    found.limit.push(await limit());
  }
  return { ours: median(found.ours), limit: median(found.limit) };
}

/** Prints what was measured: a line for people, or with `--json` the same for machines. */
export function report(all: Measured[]): void {
  const results = all.map(({ target, ...measured }) => {
    const ratio = measured.ours / measured.limit;
    const met = "least" in target ? ratio >= target.least : ratio <= target.most;
    return { ...measured, ratio, target: "least" in target ? `≥ ${target.least}` : `≤ ${target.most}`, met };
  });
  if (process.argv.includes("--json")) console.log(JSON.stringify(results));
  else for (const result of results) console.log(lineOf(result));
}

export type Result = Omit<Measured, "target"> & { ratio: number; target: string; met: boolean };

export function lineOf({ id, what, ours, limit, unit, ratio, target, met }: Result): string {
  const figure = (value: number) =>
    `${value >= 100 ? value.toFixed(0) : value.toFixed(2)} ${unit}`.padStart(14);
  return `${id.padEnd(4)}${what.padEnd(58)}${figure(ours)}${figure(limit)}${ratio.toFixed(2).padStart(8)}  ${target.padEnd(7)}${met ? "met" : "MISSED"}`;
}
