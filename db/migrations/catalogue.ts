// Written by `bun run migration:generate`; the order is that of the names.
import pg0001Down from "./postgres/0001_core.down.sql" with { type: "text" };
import pg0001Up from "./postgres/0001_core.up.sql" with { type: "text" };
import lite0001Down from "./sqlite/0001_core.down.sql" with { type: "text" };
import lite0001Up from "./sqlite/0001_core.up.sql" with { type: "text" };

/** One step of the schema, for both engines, with the way back. */
export type Migration = {
  name: string;
  postgres: { up: string; down: string };
  sqlite: { up: string; down: string };
};

export const migrations: Migration[] = [
  {
    name: "0001_core",
    postgres: { up: pg0001Up, down: pg0001Down },
    sqlite: { up: lite0001Up, down: lite0001Down },
  },
];
