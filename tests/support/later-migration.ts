import { type Migration, migrations } from "../../db/migrations/catalogue.ts";

/** A migration that only tests know, for what takes several. It needs the tables of the first one. */
export const later: Migration = {
  name: "9999_later",
  postgres: scripts(),
  sqlite: scripts(),
};

function scripts() {
  return {
    up: "create index later_index on bookings (title);",
    down: "-- loses an index that is built again: select count(*) from bookings where false\ndrop index later_index;",
  };
}

/** Makes this process know exactly these migrations; returns how to undo that. */
export function knowMigrations(known: Migration[]): () => void {
  const before = migrations.splice(0, migrations.length, ...known);
  return () => void migrations.splice(0, migrations.length, ...before);
}
