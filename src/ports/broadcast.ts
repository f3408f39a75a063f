/** Notifies every instance that the event log grew. It may lose or repeat a message: the log itself is the truth. */
export interface Broadcast {
  announce(): void;
  /** Calls `listener` whenever any instance announced something, this one included. */
  listen(listener: () => void): void;
  close(): Promise<void>;
}
