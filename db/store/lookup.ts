import { sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { LRUCache } from "lru-cache";

type Values = Record<string, unknown>;
type Prepared<T> = { execute(values: Values): Promise<T[]> };

/**
 * A query whose text is built once: building it takes longer than the database needs to answer. `prepare` is called on
 * first use, and marks the places of values with `sql.placeholder`.
 */
export function madeOnce<T>(prepare: () => Prepared<T>): (values: Values) => Promise<T[]> {
  let prepared: Prepared<T> | undefined;
  return (values) => {
    prepared ??= prepare();
    return prepared.execute(values);
  };
}

const maxTexts = 100;

/**
 * The same for queries that come in several forms, each with its own key: the text of each form is built once. The most
 * recently used forms are kept.
 */
export function madeOnceEach<A extends unknown[], T>(
  build: (...form: A) => { prepare(name: string): Prepared<T> },
) {
  const known = new LRUCache<string, (values: Values) => Promise<T[]>>({ max: maxTexts });
  return (key: string, ...form: A): ((values: Values) => Promise<T[]>) => {
    const query = known.get(key) ?? madeOnce(() => build(...form).prepare("made_once"));
    known.set(key, query);
    return query;
  };
}

/** The same, for one row or none. */
export function lookup<T>(prepare: () => Prepared<T>): (values: Values) => Promise<T | null> {
  const query = madeOnce(prepare);
  return async (values) => (await query(values))[0] ?? null;
}

/** `column` has the value of this name. */
export function given(column: PgColumn, name: string) {
  return sql`${column} = ${sql.placeholder(name)}`;
}
