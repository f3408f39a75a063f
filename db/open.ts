import type { Store } from "../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../src/ports/store-observer.ts";
import type { Engine } from "./engines/engine.ts";
import { createStore } from "./store/store.ts";

type Options = { pool: number; observer: StoreObserver };
/** `maxLookedAt`: the most rows that a page looks at for conditions that no index serves. */
type StoreOptions = Partial<Options> & { pool: number; maxLookedAt?: number | undefined };

/** The code of an engine is loaded only where it is used. */
async function openEngine(url: string, { pool, observer }: Options): Promise<Engine> {
  if (url.startsWith("sqlite:"))
    return (await import("./engines/sqlite/bun.ts")).openSqlite(url.slice("sqlite:".length), { observer });
  return (await import("./engines/postgres/open.ts")).openPostgres(url, { pool, observer });
}

/** The store at a `DATABASE_URL`, whose schema must exist: see `migrateUp`. */
export async function openStore(
  url: string,
  { pool, observer = noObserver, maxLookedAt }: StoreOptions,
): Promise<Store> {
  return createStore(await openEngine(url, { pool, observer }), observer, maxLookedAt);
}
