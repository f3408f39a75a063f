import type { Jobs } from "../../src/ports/jobs.ts";
import type { Queue } from "../../src/ports/queue.ts";
import type { Processor } from "../processor.ts";

/** The thing that wakes the workers: Redis, or a timer in the process itself. */
export interface Broker extends Queue, Jobs {
  /** Does tasks from now on; the result stops that, after the work in progress. */
  work(processors: Processor[]): () => Promise<void>;
  close(): Promise<void>;
}
