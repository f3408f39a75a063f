import type { ProcessEngine } from "./databases.ts";

const triggers = ["guard", "guard_update", "occupy", "occupy_update"];
/** Takes away the turns that claims on a resource take, but not the constraint. */
export const withoutTurns = triggers.map((name) => `drop trigger claims_${name} on claims`);

/** Takes away what keeps claims apart and counts them. */
export const unguarded: Record<ProcessEngine, string[]> = {
  sqlite: [
    "drop trigger wanted_claims_guard",
    "create trigger wanted_claims_guard instead of insert on wanted_claims begin select 1; end",
  ],
  postgres: [...withoutTurns, "alter table claims drop constraint claims_no_overlap"],
};
