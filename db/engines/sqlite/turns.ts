/** How long a loop over queries may occupy the process. */
const turnMs = 10;

/**
 * bun:sqlite answers at once, so a loop over queries never yields by itself. Await the result of this before a query:
 * it lets others run when the current turn has been long.
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
