/** The configuration is at fault (sysexits.h). */
export const exitConfig = 78;
/** The command line is invalid: the code that shells and most tools use. */
export const exitUsage = 2;

/** Why the program can't start, in sentences that say what to do. Shown without a stack trace. */
export class BootError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
