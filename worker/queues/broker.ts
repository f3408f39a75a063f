import type { Jobs } from "../../src/ports/jobs.ts";
import type { Queue } from "../../src/ports/queue.ts";
import type { Processor } from "../processor.ts";

/** What wakes the workers: Redis, or a timer in the process itself. */
export interface Broker extends Queue, Jobs {
  /** Works off the ledgers from now on; the result stops that, after what is under way. */
  // biome-ignore lint/suspicious/noExplicitAny: each processor has deliveries of its own kind
  work(processors: Processor<any>[]): () => Promise<void>;
  close(): Promise<void>;
}
