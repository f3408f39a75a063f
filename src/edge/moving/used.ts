import { backupTables } from "../../../db/backup/format.ts";
import type { RunSql } from "../../../db/backup/sqlite-rows.ts";
import { defaultOrganization } from "../../domain/people/organization.ts";

/**
 * What an installation has of each table before anybody uses it: the default organization, its first admin with a
 * calendar, and what the log says about them. Strangers who only knock leave refusals.
 */
const untouched: Record<string, string> = {
  organizations: `slug = '${defaultOrganization}'`,
  users: "role = 'admin' and id = (select min(id) from users)",
  resources: "kind = 'calendar' and owner_id in (select id from users)",
  events:
    "subject_id in (select id from organizations union all select id from users union all select id from resources)",
  refusals: "true",
  settings: "true",
};

/** The tables that somebody has used. */
export function usedTables(sql: RunSql): string[] {
  return backupTables()
    .map(({ name }) => name)
    .filter(
      (name) => sql(`select 1 from ${name} where not (${untouched[name] ?? "false"}) limit 1`).length > 0,
    );
}
