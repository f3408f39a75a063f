import type { Placeholder, SQL } from "drizzle-orm";
import type { PgColumn, PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Change } from "../../src/domain/change.ts";
import type { CommitOutcome, LogMark, LogPosition } from "../../src/ports/store.ts";
import type { TableWith } from "../table-list.ts";
import type { Tables } from "../tables.ts";

/** The query builder, as the store sees it on either dialect. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** From after one position up to and including another. */
export type LogBounds = { after: LogPosition; upTo: LogPosition };

export type Rewritten = { id: string; was: object; data: object };

/** One SQL dialect: what the store must say differently for each engine. */
export interface Engine {
  readonly name: "postgres" | "sqlite";
  readonly db: Database;
  readonly tables: Tables;
  /**
   * Runs queries within the pool's bound, and retries while another program has locked a SQLite file. If the database
   * is unreachable, full or locked, it throws the `Refusal` `unavailable`.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  commit(change: Change): Promise<CommitOutcome>;
  /** What `contains` finds a text by. */
  searchPattern(text: string): string;
  /** `column` contains the text of a `searchPattern`, whatever the case, alike on every engine and in every locale. */
  contains(column: PgColumn, pattern: string | Placeholder): SQL;
  /** The text of a field at the top of a JSON column. */
  field(column: PgColumn, name: string): SQL;
  /** Receipts whose answer shows one of these things, phrased so that the planner uses their index. */
  receiptsAbout(ids: string[]): SQL;
  /** Adds rows to a table that no change writes: one text, however many there are. */
  append(table: TableWith<{ rowsFrom: "store"; ofOrganization: true }>, rows: object[]): Promise<void>;
  /**
   * Rewrites the data of append-only rows for an erasure; nothing else may do this. Skips rows whose data has changed
   * since it was read, and returns how many it has written.
   */
  rewrite(table: TableWith<{ erasure: "rewrites" }>, rows: Rewritten[]): Promise<number>;
  /** `column` is one of `values`: one text, however many there are. A placeholder stands for their JSON. */
  among(column: PgColumn, values: string[] | Placeholder): SQL;
  /**
   * Claims that block a resource at some instant of an interval, in parts that each have an index. No claim that began
   * before `earliest` reaches into the interval, and only long ones that began before `dayBefore`.
   */
  blockingClaims(
    during: Record<"resourceId" | "startTime" | "endTime" | "dayBefore" | "earliest", SQL>,
  ): SQL[];
  /** The booking is longer than a day, phrased so that the planner uses the index of long bookings. */
  longerThanADay: SQL;
  /** After a select: locks its rows, and skips rows that another transaction has locked. */
  takeRows: SQL;
  log: {
    position: SQL<LogPosition>;
    /** The position right before a row. */
    before: SQL<LogPosition>;
    /** Rows that no later commit can precede. */
    settled: SQL;
    /** The other bookings, phrased so that the planner uses an index. */
    unsettled: SQL;
    after(position: LogPosition): SQL;
    /**
     * Rows with one value in a column, between two positions, and their order: phrased so that only the index that
     * begins with this column can provide it, which passes nobody else's rows.
     */
    within(column: PgColumn, value: string, bounds: LogBounds): { where: SQL; order: SQL; reverseOrder: SQL };
    order: SQL;
    reverseOrder: SQL;
    beginning: LogPosition;
    /** Whether this log can have issued a position; null for the form of another engine. */
    issued(position: LogPosition): SQL | null;
    visible: {
      /** A row that says which log this is and how much of it is visible to this statement. */
      here: SQL;
      /** From that row, the mark to continue from. */
      mark: SQL<LogMark>;
      /** From that row, whether a mark belongs to this log. */
      fits(mark: LogMark): SQL<boolean>;
      /** To join with that row: the events of anything but bookings that were not visible at a mark that fits. */
      since(mark: LogMark): SQL;
    };
  };
  /** Call this after writing many rows at once, so that plans are made for them. */
  refreshStatistics(): Promise<void>;
  ping(): Promise<void>;
  time(): Promise<Date>;
  notWritable(): Promise<string | null>;
  close(): Promise<void>;
}
