import type { Store } from "../src/ports/store.ts";
import { openPostgres } from "./engines/postgres.ts";
import { openSqlite } from "./engines/sqlite.ts";
import { createStore } from "./store/store.ts";

/** The store at a `DATABASE_URL`, whose schema must be there: see `migrateUp`. */
export async function openStore(url: string, options: { pool: number }): Promise<Store> {
  const engine = url.startsWith("sqlite:")
    ? openSqlite(url.slice("sqlite:".length))
    : await openPostgres(url, options);
  return createStore(engine);
}
