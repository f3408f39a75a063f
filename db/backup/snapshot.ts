import type { BackupRow, TableFormat } from "./format.ts";

interface Readable {
  readonly engine: "postgres" | "sqlite";
  /** Ordered by the unique key of the rows, so that equal tables give equal lines. */
  rows(table: TableFormat): AsyncIterable<BackupRow>;
  close(): Promise<void>;
}

/** A consistent snapshot of a database, however long it takes to read and whatever others write meanwhile. */
export interface DatabaseSnapshot extends Readable {
  count(table: string): Promise<number>;
}

/** A snapshot of an installation, wherever it runs. */
export interface Snapshot extends DatabaseSnapshot {
  /** The names of the migrations that its schema has. They are those of this program. */
  readonly migrations: string[];
}

/**
 * A restore in progress: it can read what it has written, and nobody else can before the end. `close` without `finish`
 * takes everything back.
 */
export interface Load extends Readable {
  insert(table: TableFormat, rows: BackupRow[]): Promise<void>;
  /** Puts the guards back, starts a new part of the log, and commits. */
  finish(): Promise<void>;
}

/** A restore in one transaction of a database, which may hold rows already. */
export interface DatabaseLoad extends Load, DatabaseSnapshot {}
