import { sql } from "drizzle-orm";
import type { Engine } from "../engine.ts";

/**
 * Which log this is. Snapshots of one log say nothing about another: a promoted standby, a restored backup and a
 * restarted server can all assign transaction ids that were seen before.
 */
const identity = sql`(select oid from pg_database where datname = current_database())
  || ',' || extract(epoch from pg_postmaster_start_time())
  || ',' || current_log_epoch()`;

/**
 * On Postgres, a snapshot says what is visible. Events that were not visible at an earlier snapshot belong to
 * transactions that it calls not yet begun or in progress, so a look costs only what has happened since the last one,
 * however long a transaction stays open. Events carry their top-level transaction, and snapshots list those.
 */
export const visibleOnPostgres: Engine["log"]["visible"] = {
  here: sql`(select ${identity} as log, current_log_epoch() as epoch, pg_current_snapshot() as snapshot) as here`,
  mark: sql<string>`here.log || ' ' || here.snapshot`,
  fits: (mark) => {
    const { log, xmax } = partsOf(mark);
    return sql<boolean>`here.log = ${log} and pg_snapshot_xmax(here.snapshot) >= ${xmax}::xid8`;
  },
  // A matching mark is of this epoch, and so are the transactions that were in progress then.
  since: (mark) => {
    const { xmax, inProgress } = partsOf(mark);
    return sql`lateral (
      select * from events where subject_type <> 'booking' and epoch = here.epoch and xid >= ${xmax}::xid8
      union all
      select * from events where subject_type <> 'booking' and epoch = here.epoch
        and xid = any(${`{${inProgress}}`}::xid8[])) as events`;
  },
};

/** `<log> <xmin>:<xmax>:<xid>,<xid>…` */
function partsOf(mark: string): { log: string; xmax: string; inProgress: string } {
  const [log = "", snapshot = ""] = mark.split(" ");
  const [, xmax = "", inProgress = ""] = snapshot.split(":");
  return { log, xmax, inProgress };
}
