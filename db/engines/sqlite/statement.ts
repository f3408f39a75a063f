import type { CommitOutcome } from "../../../src/ports/store.ts";

/** A statement as a value. Its text depends on no value and on no length, so it is prepared once. */
export type Statement = {
  text: string;
  values: (string | number | null)[];
  /** It checks something: the outcome of the change if it finds no row. */
  otherwise?: CommitOutcome;
};

/** Returns the rows that a statement finds. */
export type Query = (statement: Statement) => unknown[];

/** Runs the statements of a change within a transaction. The caller undoes them unless the outcome is "committed". */
export function runChange(query: Query, statements: Statement[]): CommitOutcome {
  for (const statement of statements) {
    const found = query(statement);
    if (statement.otherwise && found.length === 0) return statement.otherwise;
  }
  return "committed";
}
