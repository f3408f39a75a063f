import type { Store } from "../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../src/ports/store-observer.ts";
import { openPostgres } from "./engines/postgres.ts";
import { openSqlite } from "./engines/sqlite.ts";
import { createStore } from "./store/store.ts";

/** The store at a `DATABASE_URL`, whose schema must be there: see `migrateUp`. */
export async function openStore(
  url: string,
  { pool, observer = noObserver }: { pool: number; observer?: StoreObserver | undefined },
): Promise<Store> {
  const engine = url.startsWith("sqlite:")
    ? openSqlite(url.slice("sqlite:".length))
    : await openPostgres(url, { pool, observer });
  return createStore(engine, observer);
}
