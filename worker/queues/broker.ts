import type { Jobs } from "../../src/ports/jobs.ts";
import type { Queue } from "../../src/ports/queue.ts";
import type { Processor } from "../processor.ts";

/** The thing that wakes the workers: Redis, or a timer in the process itself. */
export interface Broker extends Queue, Jobs {
  /** Processes the ledgers from now on; the result stops that, after the work in progress. */
  // biome-ignore lint/suspicious/noExplicitAny: each processor has deliveries of its own kind
  work(processors: Processor<any>[]): () => Promise<void>;
  close(): Promise<void>;
}
