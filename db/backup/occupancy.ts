/**
 * Sums the claims of each resource. The triggers that keep these sums are off during a restore, because they would
 * check claims that were accepted when the resource was different.
 */
export const sumUpClaims = `
  insert into occupancy (resource_id, since, taken)
  select resource_id, since, taken from (
    select resource_id, since, change, sum(change) over (partition by resource_id order by since) as taken from (
      select resource_id, since, sum(change) as change from (
        select resource_id, start_time as since, quantity as change from claims where blocking
        union all
        select resource_id, end_time, -quantity from claims where blocking
      ) as edges group by resource_id, since
    ) as steps
  ) as running where change <> 0`;
