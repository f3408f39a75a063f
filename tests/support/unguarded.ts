import type { EngineName } from "./databases.ts";

const triggers = ["guard", "guard_update", "occupy", "occupy_update"];
/** Takes away the turns that claims on a resource take, but not the constraint. */
export const withoutTurns = triggers.map((name) => `drop trigger claims_${name} on claims`);

const onSqlite = [
  "drop trigger wanted_claims_guard",
  "create trigger wanted_claims_guard instead of insert on wanted_claims begin select 1; end",
];

/** Takes away what keeps claims apart and counts them. */
export const unguarded: Record<EngineName, string[]> = {
  sqlite: onSqlite,
  object: onSqlite,
  postgres: [...withoutTurns, "alter table claims drop constraint claims_no_overlap"],
};
