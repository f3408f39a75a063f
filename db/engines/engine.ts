import type { Placeholder, SQL } from "drizzle-orm";
import type { PgColumn, PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Change, TableName } from "../../src/domain/change.ts";
import type { CommitOutcome, LogPosition } from "../../src/ports/store.ts";
import type { Tables } from "../tables.ts";

/** The query builder, as the store sees it on either dialect. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** One SQL dialect: what the store can't say once for both. */
export interface Engine {
  readonly name: "postgres" | "sqlite";
  readonly db: Database;
  readonly tables: Tables;
  /** Runs one read within the pool's bound; a database that can't be reached becomes `Refusal` `unavailable`. */
  run<T>(work: () => Promise<T>): Promise<T>;
  commit(change: Change): Promise<CommitOutcome>;
  /** `column`, of text or JSON, contains `text`, whatever the case. */
  contains(column: PgColumn, text: string): SQL;
  /** Writes the data of append-only rows anew, as an erasure: nothing else may. */
  rewrite(table: "events" | "refusals", rows: { id: string; data: object }[]): Promise<void>;
  /** `column` is one of `ids`: one text, however many there are. A placeholder stands for their JSON. */
  among(column: PgColumn, ids: string[] | Placeholder): SQL;
  /**
   * Claims that block a resource at some instant of an interval, said so that an index of them is found. No claim that
   * began before `earliest` reaches into it.
   */
  blockingClaims(during: { resourceId: SQL; startTime: SQL; endTime: SQL; earliest: SQL }): SQL;
  /** The booking is longer than a day, said so that the index of those is found. */
  longerThanADay: SQL;
  /** After a select: locks its rows, and leaves out those that another transaction holds. */
  takeRows: SQL;
  log: {
    position: SQL<LogPosition>;
    /** Rows that no later commit can precede. */
    settled: SQL;
    /** The others, said so that an index finds them. */
    unsettled: SQL;
    after(position: LogPosition): SQL;
    order: SQL;
    reverseOrder: SQL;
    beginning: LogPosition;
    /** Whether this log can have issued a position; null for the form of another engine. */
    issued(position: LogPosition): SQL | null;
  };
  /** To be called when many rows were written at once, so that plans are made for them. */
  refreshStatistics(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The order in which a change is written. Claims come first where the dialect allows it: they take the lock on
 * the resource, so a loser gives up before it has written anything else.
 */
export const writeOrder: TableName[] = [
  "claims",
  "organizations",
  "users",
  "resources",
  "sessions",
  "apiKeys",
  "bookings",
  "reminders",
  "mails",
  "events",
  "receipts",
];
