import type { StoreObserver } from "../ports/store-observer.ts";
import type { Tracer } from "../ports/tracer.ts";
import type { Metrics } from "./metrics.ts";

/** Measures every query; creates a span only within a trace, so that polls leave none. */
export function observeStore(
  engine: "postgres" | "sqlite",
  { pool, query }: Metrics,
  tracer: Tracer,
): StoreObserver {
  const system = engine === "postgres" ? "postgresql" : "sqlite";
  const measured = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      query(name, performance.now() - start, ok);
    }
  };
  return {
    acquired: pool.acquired,
    released: pool.released,
    query: (name, work) => {
      if (!tracer.current()) return measured(name, work);
      const attributes = { "db.system.name": system, "db.operation.name": name };
      return tracer.span(`store ${name}`, { kind: "client", attributes }, () => measured(name, work));
    },
  };
}
