/** How long a loop over queries may keep the process to itself. */
const turnMs = 10;

/**
 * bun:sqlite answers at once, so that a loop over queries never gives way by itself. What this returns is awaited before
 * a query: it lets others have their turn when the present one has been long.
 */
export function takingTurns(): () => Promise<void> {
  let ends: number | undefined;
  return async () => {
    if (ends === undefined) {
      ends = performance.now() + turnMs;
      setImmediate(() => {
        ends = undefined;
      });
      return;
    }
    if (performance.now() >= ends) await new Promise<void>((resolve) => setImmediate(resolve));
  };
}
