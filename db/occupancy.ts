/**
 * What the claims take of each resource, in the steps of the table `occupancy`: SQL for both engines, computed from all
 * claims, or from those `and` something. The triggers of `claims` keep that table, and whatever writes past them makes
 * the two differ.
 */
const sumsOf = (and: string) => `
  select resource_id, since, taken from (
    select resource_id, since, change, sum(change) over (partition by resource_id order by since) as taken from (
      select resource_id, since, sum(change) as change from (
        select resource_id, start_time as since, quantity as change from claims where blocking ${and}
        union all
        select resource_id, end_time, -quantity from claims where blocking ${and}
      ) as edges group by resource_id, since
    ) as steps
  ) as running where change <> 0`;
const sums = sumsOf("");

/** The resources of which some steps, rows `{ resource_id, since, taken }`, pass the capacity at some time after `now`. */
const passing = (steps: string, now: string) => `
  select distinct resource_id from (
    select resource_id, taken, lead(since) over (partition by resource_id order by since) as ends from (${steps}) as steps
  ) as spans join resources on resources.id = resource_id where taken > capacity and ends > ${now}`;

/**
 * The resources that are promised to more than their capacity at some time after `now`, as rows `{ resource_id }`, by
 * the claims themselves.
 */
export const overbookedResources = (now: string) => passing(sums, now);

/** Fills the empty table, after a restore. */
export const sumUpClaims = `insert into occupancy (resource_id, since, taken) ${sums}`;

/** The same for some resources only, on SQLite: those after one id, up to another. */
export const sumUpSomeClaims = `insert into occupancy (resource_id, since, taken)
  ${sumsOf("and resource_id > ?1 and resource_id <= ?2")}`;

const kept = "select resource_id, since, taken from occupancy";

/** The same by the table, once it is filled: a restore must not bring in what the guards refuse. */
export const overbookedSums = (now: string) => passing(kept, now);

/** The resources of which the table says something else, as rows `{ resource_id }`. */
export const missummedResources = `
  select resource_id from (select * from (${sums}) as a except select * from (${kept}) as b) as missing
  union
  select resource_id from (select * from (${kept}) as a except select * from (${sums}) as b) as wrong`;
