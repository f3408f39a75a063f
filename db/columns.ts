import * as pg from "drizzle-orm/pg-core";
import * as lite from "drizzle-orm/sqlite-core";

/** The column types, once per dialect. Both give the same values: ids and text as strings, instants as `Date`. */
const postgres = {
  table: pg.pgTable,
  id: (name: string) => pg.uuid(name),
  text: (name: string) => pg.text(name),
  choice: <T extends string>(name: string) => pg.text(name).$type<T>(),
  integer: (name: string) => pg.integer(name),
  flag: (name: string) => pg.boolean(name),
  /** To the millisecond. */
  instant: (name: string) => pg.timestamp(name, { withTimezone: true, precision: 3, mode: "date" }),
  json: <T>(name: string) => pg.jsonb(name).$type<T>(),
};

const sqlite = {
  table: lite.sqliteTable,
  id: (name: string) => lite.text(name),
  text: (name: string) => lite.text(name),
  choice: <T extends string>(name: string) => lite.text(name).$type<T>(),
  integer: (name: string) => lite.integer(name),
  flag: (name: string) => lite.integer(name, { mode: "boolean" }),
  instant: (name: string) => lite.integer(name, { mode: "timestamp_ms" }),
  json: <T>(name: string) => lite.text(name, { mode: "json" }).$type<T>(),
};

export type Vocabulary = typeof postgres;

export const postgresColumns: Vocabulary = postgres;

/** The one cast at the SQLite boundary: tables and queries are written against the Postgres types. */
export const sqliteColumns = sqlite as unknown as Vocabulary;
