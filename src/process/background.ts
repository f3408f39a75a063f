/** Runs work that no answer waits for, and waits for it before the process ends. */
export function background(onFault: (error: unknown) => void) {
  const running = new Set<Promise<void>>();
  return {
    run: (work: () => Promise<void>): void => {
      const done = work()
        .catch(onFault)
        .finally(() => running.delete(done));
      running.add(done);
    },
    finished: async (): Promise<void> => void (await Promise.all(running)),
  };
}
