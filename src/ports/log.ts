type Write = (fields: object, message: string) => void;

/** The log of the process: what happened as fields, and a sentence about it. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
