import type { BackupRow, TableFormat } from "./format.ts";

/** A consistent snapshot of a database, however long it takes to read and whatever others write meanwhile. */
export interface Snapshot {
  readonly engine: "postgres" | "sqlite";
  count(table: string): Promise<number>;
  /** Ordered by the unique key of the rows, so that equal tables give equal lines. */
  rows(table: TableFormat): AsyncIterable<BackupRow>;
  close(): Promise<void>;
}

/** A restore in progress, in one transaction: it can read what it has written, and nobody else can before the end. */
export interface Load extends Snapshot {
  insert(table: TableFormat, rows: BackupRow[]): Promise<void>;
  /** Puts the guards back, starts a new part of the log, and commits; `close` without this rolls everything back. */
  finish(): Promise<void>;
}
