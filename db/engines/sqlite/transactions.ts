import { type Statement as Prepared, SQLiteError, type Database as Sqlite } from "bun:sqlite";
import type { CommitOutcome } from "../../../src/ports/store.ts";
import { guardBehind } from "../../guards.ts";
import { isBusy, pause } from "./patience.ts";
import { type Query, runChange, type Statement } from "./statement.ts";

/** The statements of a change, and until when (in milliseconds of `performance.now()`) to try. */
export type Asked = { statements: Statement[]; until: number };

/** Runs statements on bun:sqlite, each transaction from its begin to its end without a pause. */
export function openTransactions(client: Sqlite) {
  const { query, exec, finalize } = preparing(client);
  const transaction = <T>(work: () => T): T => {
    exec("begin immediate");
    try {
      const result = work();
      exec("commit");
      return result;
    } catch (error) {
      if (client.inTransaction) exec("rollback");
      throw error;
    }
  };
  /**
   * Commits everything that was requested in one turn of the event loop, with one sync of the disk. Each change is atomic
   * by itself: if a guard refuses one, only that one is rolled back. Nobody gets an answer before all of it is on disk.
   */
  const commitTogether = (asked: Asked[]) =>
    transaction(() =>
      asked.map(({ statements }) => {
        exec("savepoint one");
        const outcome = write(client, query, statements);
        if (outcome !== "committed") exec("rollback to one");
        exec("release one");
        return outcome;
      }),
    );
  return {
    commit: (asked: Asked[]) => commitPatiently(asked, commitTogether),
    /** All of them or none; returns how many rows they found together. */
    runAll: (statements: Statement[]) =>
      transaction(() => statements.reduce((sum, statement) => sum + query(statement).length, 0)),
    close: () => {
      finalize();
      client.close();
    },
  };
}

/** Has every text prepared once: there are few. The client's own cache keeps only 20. */
function preparing(client: Sqlite) {
  const prepared = new Map<string, Prepared>();
  const query: Query = ({ text, values }) => {
    let statement = prepared.get(text);
    if (!statement) {
      statement = client.prepare(text);
      prepared.set(text, statement);
    }
    return statement.all(...values);
  };
  return {
    query,
    exec: (text: string) => void query({ text, values: [] }),
    finalize: () => {
      for (const statement of prepared.values()) statement.finalize();
    },
  };
}

function write(client: Sqlite, query: Query, statements: Statement[]): CommitOutcome | Error {
  try {
    return runChange(query, statements);
  } catch (error) {
    const outcome = error instanceof SQLiteError ? guardBehind(error.message) : null;
    // A disk fault has ended the whole transaction: nobody's change was made.
    if (!outcome && !client.inTransaction) throw error;
    return outcome ?? (error as Error);
  }
}

/** Tries until the file is free. Waiting commits whose time is over get the reason; the others keep waiting. */
async function commitPatiently(
  asked: Asked[],
  commitTogether: (asked: Asked[]) => (CommitOutcome | Error)[],
): Promise<(CommitOutcome | Error)[]> {
  const outcomes = new Map<Asked, CommitOutcome | Error>();
  let open = asked;
  for (let attempt = 1; open.length > 0; attempt++) {
    try {
      const found = commitTogether(open);
      for (const [n, each] of open.entries()) outcomes.set(each, found[n] as CommitOutcome | Error);
      break;
    } catch (error) {
      const now = performance.now();
      const isOver = ({ until }: Asked) => !isBusy(error) || now >= until;
      for (const each of open.filter(isOver)) outcomes.set(each, error as Error);
      open = open.filter((each) => !isOver(each));
    }
    if (open.length > 0) await pause(attempt);
  }
  return asked.map((each) => outcomes.get(each) as CommitOutcome | Error);
}
