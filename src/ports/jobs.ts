export type QueueCounts = {
  waiting: number;
  active: number;
  completed: number;
  failed: number;
  delayed: number;
};

/** The visible state of the worker and its queues. */
export interface Jobs {
  readonly broker: "redis" | "embedded";
  /** Waits until the queues have been reached for the first time, for a few seconds at most. */
  reached(): Promise<void>;
  /** By kind of task. */
  counts(): Promise<Record<string, QueueCounts>>;
  /** Whether a worker was active in the last seconds. Throws when that is unknown. */
  isWorked(): Promise<boolean>;
  /** Runs again what the queues keep as failed. */
  retryFailed(): Promise<void>;
}
