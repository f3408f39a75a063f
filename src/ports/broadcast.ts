/** Tells every instance that the event log grew. It may lose a word or say one twice: the log itself is the truth. */
export interface Broadcast {
  announce(): void;
  /** Calls `listener` whenever any instance announced something, this one included. */
  listen(listener: () => void): void;
  close(): Promise<void>;
}
