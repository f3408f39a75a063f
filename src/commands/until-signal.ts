/** Work that has not stopped by then is abandoned: a little before platforms kill (30 s). */
const deadlineMs = 28_000;

/**
 * Resolves at the first SIGINT or SIGTERM. From then on the process has this long to stop; a second signal ends it at
 * once.
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.once("SIGINT", () => process.exit(130));
      process.once("SIGTERM", () => process.exit(143));
      setTimeout(() => {
        console.error(`Not everything has stopped within ${deadlineMs / 1000} s; giving up on the rest.`);
        process.exit(1);
      }, deadlineMs).unref();
      resolve();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
}
