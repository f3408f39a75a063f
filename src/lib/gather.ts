/** Nothing larger goes into one statement. */
const max = 100;

/**
 * Batches concurrent calls into one: everything requested while a call is in progress goes into the next one. Under
 * load this saves most round trips; without load nothing waits. `run` returns its answers in the order of the requests.
 * `begin` says when the first call goes out: by default, at the end of the current tick.
 */
export function gather<A, R>(
  run: (asked: A[]) => Promise<R[]>,
  begin: () => Promise<unknown> = () => Promise.resolve(),
): (one: A) => Promise<R> {
  let waiting: { one: A; resolve: (answer: R) => void; reject: (error: unknown) => void }[] = [];
  let underWay = false;

  const next = async () => {
    underWay = true;
    // Those who ask until then are of the first call already.
    await begin();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, max);
      waiting = waiting.slice(max);
      try {
        const answers = await run(batch.map(({ one }) => one));
        for (const [n, { resolve }] of batch.entries()) resolve(answers[n] as R);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    underWay = false;
  };
  return (one) =>
    new Promise((resolve, reject) => {
      waiting.push({ one, resolve, reject });
      if (!underWay) void next();
    });
}
