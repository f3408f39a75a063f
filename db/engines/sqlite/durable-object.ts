import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { Refusal } from "../../../src/domain/refusal.ts";
import type { CommitOutcome } from "../../../src/ports/store.ts";
import { noObserver, type StoreObserver } from "../../../src/ports/store-observer.ts";
import { guardBehind } from "../../guards.ts";
import type { Database, Engine } from "../engine.ts";
import { probeSql, watchOutages } from "../outage.ts";
import { casesPattern } from "../search-pattern.ts";
import { commitStatements } from "./commit.ts";
import { sqliteDialect } from "./dialect.ts";
import { insertRow, rewriteRows } from "./rows.ts";
import { type Query, runChange, type Statement } from "./statement.ts";

/** The rows of a statement: all at once, or one after the other. */
export type ObjectRows = Iterable<Record<string, unknown>> & { toArray(): Record<string, unknown>[] };

/** What is used of a Durable Object's storage with SQLite. Everything is synchronous. */
export type ObjectStorage = {
  sql: { exec(text: string, ...values: unknown[]): ObjectRows };
  /** Rolls back what `work` wrote when it throws. */
  transactionSync<T>(work: () => T): T;
};

/** Why nothing may be written now; null if it may. */
export type RefuseWrites = () => Refusal | null;

/** The storage, of which every statement but a query is refused while `refuseWrites` says so. */
function gated(storage: ObjectStorage, refuseWrites: RefuseWrites): ObjectStorage {
  return {
    sql: {
      exec: (text, ...values) => {
        const refusal = /^\s*select\b/i.test(text) ? null : refuseWrites();
        if (refusal) throw refusal;
        return storage.sql.exec(text, ...values);
      },
    },
    transactionSync: (work) => storage.transactionSync(work),
  };
}

/** The query builder wraps what is thrown within it. */
function refusalBehind(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  return error instanceof Error ? refusalBehind(error.cause) : null;
}

/** Undoes a transaction for a reason that is an answer. */
class Refused extends Error {
  constructor(readonly outcome: CommitOutcome) {
    super(outcome);
  }
}

/** Inside a Durable Object: one program, one change after the other. */
export function openDurableObject(
  ungated: ObjectStorage,
  { observer = noObserver, refuseWrites }: { observer?: StoreObserver; refuseWrites?: RefuseWrites } = {},
): Engine {
  const storage = refuseWrites ? gated(ungated, refuseWrites) : ungated;
  const query: Query = ({ text, values }) => storage.sql.exec(text, ...values).toArray();
  const outages = watchOutages(observer, async () => void query({ text: probeSql, values: [] }));
  const run = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw refusalBehind(error) ?? outages.explain(coded(error));
    }
  };
  const runAll = (statements: Statement[]) =>
    run(() =>
      storage.transactionSync(() => statements.reduce((sum, statement) => sum + query(statement).length, 0)),
    );
  return {
    ...sqliteDialect,
    searchPattern: casesPattern,
    contains: (column, pattern) => containsCases(sql`${column}`, sql`${pattern}`),
    db: drizzle(storage as never) as unknown as Database,
    run,
    commit: async (change) => {
      const statements = commitStatements(change);
      const outcome = commitIn(storage, query, statements);
      if (outcome instanceof Error) throw outages.explain(outcome, "commit");
      outages.committed();
      return outcome;
    },
    append: async (table, rows) => void (await runAll(rows.map((row) => insertRow(table, row)))),
    rewrite: (table, rows) => runAll(rewriteRows(table, rows)),
    refreshStatistics: async () => {},
    ping: () => run(() => void query({ text: "select 1 from sqlite_schema", values: [] })),
    time: async () => new Date(),
    notWritable: outages.notWritable,
    // The object's storage is closed with the object.
    close: async () => {},
  };
}

function commitIn(storage: ObjectStorage, query: Query, statements: Statement[]): CommitOutcome | Error {
  try {
    return storage.transactionSync(() => {
      const outcome = runChange(query, statements);
      if (outcome !== "committed") throw new Refused(outcome);
      return outcome;
    });
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    const fault = coded(error) as Error;
    return guardBehind(fault.message) ?? fault;
  }
}

/** `<message>: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)` as bun:sqlite reports it: a message and a code. */
function coded(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [, message, code, extended] =
    error.message.match(/^(.*): (SQLITE_\w+)(?: \(extended: (SQLITE_\w+)\))?$/s) ?? [];
  if (!message || !code) return error;
  return Object.assign(new Error(message, { cause: error }), { code: extended ?? code });
}

/**
 * The object's LIKE and GLOB take patterns of 50 bytes at most. So every case of the pattern's letters in the text
 * becomes the one that the pattern has: a replacement each, and then it is a search for a text.
 */
function containsCases(text: SQL, pattern: SQL): SQL {
  return sql`instr((
    with recursive folded(n, words) as (
      select 0, ${text}
      union all
      select n + 1, replace(words, ${pattern} -> 'cases' ->> (2 * n), ${pattern} -> 'cases' ->> (2 * n + 1))
      from folded where 2 * n < json_array_length(${pattern}, '$.cases')
    )
    select words from folded where 2 * n = json_array_length(${pattern}, '$.cases')
  ), ${pattern} ->> 'words') > 0`;
}
