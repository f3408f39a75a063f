/**
 * A size of a test: its own in CI, another where `bun run soak` asks for the whole of it.
 */
export function sized(name: string, inCi: number): number {
  return Number(process.env[`TEST_${name}`] ?? inCi);
}

/** Tells a figure of a guarantee in a line of its own, which `bun run soak` puts into its table. */
export function measured(guarantee: string, text: string): void {
  if (process.env.TEST_SOAK) console.log(`\n${guarantee}: ${text}`);
}
