import { sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

type Prepared<T> = { execute(values: Record<string, unknown>): Promise<T[]> };

/**
 * A query for one row whose text is made once: making it takes longer than a database needs to answer. `prepare` is
 * called at the first use, and says with `sql.placeholder` where values go.
 */
export function lookup<T, V extends Record<string, unknown>>(
  prepare: () => Prepared<T>,
): (values: V) => Promise<T | null> {
  let prepared: Prepared<T> | undefined;
  return async (values) => {
    prepared ??= prepare();
    return (await prepared.execute(values))[0] ?? null;
  };
}

/** `column` has the value of this name. */
export function given(column: PgColumn, name: string) {
  return sql`${column} = ${sql.placeholder(name)}`;
}
