import { drizzle } from "drizzle-orm/bun-sqlite";
import { gather } from "../../../src/lib/gather.ts";
import { noObserver, type StoreObserver } from "../../../src/ports/store-observer.ts";
import type { Database, Engine } from "../engine.ts";
import { probeSql, watchOutages } from "../outage.ts";
import { commitStatements } from "./commit.ts";
import { connectSqlite } from "./connection.ts";
import { sqliteDialect } from "./dialect.ts";
import { patienceMs, patiently } from "./patience.ts";
import { insertRow, rewriteRows } from "./rows.ts";
import { openTransactions } from "./transactions.ts";
import { takingTurns } from "./turns.ts";

/** Every statement finishes before another starts: bun:sqlite is synchronous, so nothing can interrupt a commit. */
export function openSqlite(
  path: string,
  { observer = noObserver }: { observer?: StoreObserver } = {},
): Engine {
  const client = connectSqlite(path);
  // `patiently` retries while another process has the file locked, and does not block the event loop.
  client.run("pragma busy_timeout = 0");
  const transactions = openTransactions(client);
  const commit = gather(transactions.commit, endOfTurn);
  const outages = watchOutages(observer, async () => void client.run(probeSql));
  const turn = takingTurns();
  const run = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await turn();
    try {
      return await patiently(work);
    } catch (error) {
      throw outages.explain(error);
    }
  };
  return {
    ...sqliteDialect,
    db: drizzle(client) as unknown as Database,
    run,
    commit: async (change) => {
      const statements = commitStatements(change);
      const outcome = await commit({ statements, until: performance.now() + patienceMs });
      if (outcome instanceof Error) throw outages.explain(outcome, "commit");
      outages.committed();
      return outcome;
    },
    append: async (table, rows) => {
      const statements = rows.map((row) => insertRow(table, row));
      await run(() => transactions.runAll(statements));
    },
    rewrite: (table, rows) => run(() => transactions.runAll(rewriteRows(table, rows))),
    // Every query names its order and its bounds, so none depends on how large SQLite believes a table to be.
    refreshStatistics: async () => {},
    // A read of the file, not a constant, which would not touch it.
    ping: () => run(() => void client.query("select 1 from sqlite_schema").get()),
    time: async () => new Date(),
    notWritable: outages.notWritable,
    close: async () => transactions.close(),
  };
}

/** By then, all simultaneous requests are here. */
const endOfTurn = () => new Promise(setImmediate);
