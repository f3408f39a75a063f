-- A claim runs at an instant when it began within the day before it, or is one of the few that are longer.
create index claims_long on claims (resource_id, start_time, end_time)
  where blocking and end_time - start_time > 86400000;

-- How much of a resource is taken: `taken` from `since` until the next row. It is the sum of the blocking claims, kept
-- by their triggers. Equal neighbors are one row, so what a booking costs, or a look at when a resource is free, does
-- not depend on how many bookings fill it.
create table occupancy (
  resource_id text not null,
  since integer not null,
  taken integer not null,
  primary key (resource_id, since)
) strict, without rowid;
insert into occupancy (resource_id, since, taken)
select resource_id, since, taken from (
  select resource_id, since, change, sum(change) over (partition by resource_id order by since) as taken from (
    select resource_id, since, sum(change) as change from (
      select resource_id, start_time as since, quantity as change from claims where blocking
      union all
      select resource_id, end_time, -quantity from claims where blocking
    ) as edges group by resource_id, since
  ) as steps
) as running where change <> 0;

drop trigger claims_guard_insert;
drop trigger claims_guard_update;

-- SQLite has no functions; a trigger on a view is called by an insert into it. This one refuses what does not fit.
create view wanted_claims as
  select resource_id, organization_id, start_time, end_time, quantity from claims;
create trigger wanted_claims_guard instead of insert on wanted_claims begin
  select raise(abort, 'claims_resource_gone') where not exists (
    select 1 from resources
    where id = new.resource_id and deleted_at is null and organization_id = new.organization_id
  );
  select raise(abort, 'claims_within_capacity') where new.quantity + coalesce((
    select max(taken) from occupancy
    where resource_id = new.resource_id and since < new.end_time and since >= coalesce((
      select max(since) from occupancy where resource_id = new.resource_id and since <= new.start_time
    ), new.start_time)
  ), 0) > (select capacity from resources where id = new.resource_id);
end;

-- This one adds `quantity`, below zero where a claim is freed, to what is taken.
create view occupations as
  select resource_id, since as start_time, since as end_time, taken as quantity from occupancy;
create trigger occupy instead of insert on occupations begin
  insert into occupancy (resource_id, since, taken)
  select new.resource_id, new.start_time, coalesce((
    select taken from occupancy
    where resource_id = new.resource_id and since < new.start_time order by since desc limit 1
  ), 0) where true on conflict do nothing;
  insert into occupancy (resource_id, since, taken)
  select new.resource_id, new.end_time, coalesce((
    select taken from occupancy
    where resource_id = new.resource_id and since < new.end_time order by since desc limit 1
  ), 0) where true on conflict do nothing;
  update occupancy set taken = taken + new.quantity
  where resource_id = new.resource_id and since >= new.start_time and since < new.end_time;
  -- Where an edge changes nothing any more, its two neighbors are one.
  delete from occupancy
  where resource_id = new.resource_id and since in (new.start_time, new.end_time) and taken = coalesce((
    select before.taken from occupancy as before
    where before.resource_id = new.resource_id and before.since < occupancy.since
    order by before.since desc limit 1
  ), 0);
end;

-- Before anything is written: a refusal then has nothing to take back, and nothing to sync.
-- `insert or replace` would drop the old row and call no trigger, so what it took would never be given back.
create trigger claims_guard_replace before insert on claims when exists (select 1 from claims where id = new.id) begin
  select raise(abort, 'UNIQUE constraint failed: claims.id');
end;
create trigger claims_guard_insert before insert on claims when new.blocking begin
  insert into wanted_claims
  values (new.resource_id, new.organization_id, new.start_time, new.end_time, new.quantity);
end;
create trigger claims_occupy_insert after insert on claims when new.blocking begin
  insert into occupations values (new.resource_id, new.start_time, new.end_time, new.quantity);
end;
create trigger claims_guard_update after update on claims when
  (new.organization_id, new.resource_id, new.start_time, new.end_time, new.quantity, new.blocking) is not
  (old.organization_id, old.resource_id, old.start_time, old.end_time, old.quantity, old.blocking) begin
  insert into occupations select old.resource_id, old.start_time, old.end_time, -old.quantity where old.blocking;
  insert into wanted_claims
  select new.resource_id, new.organization_id, new.start_time, new.end_time, new.quantity where new.blocking;
  insert into occupations select new.resource_id, new.start_time, new.end_time, new.quantity where new.blocking;
end;
create trigger claims_occupy_delete after delete on claims when old.blocking begin
  insert into occupations values (old.resource_id, old.start_time, old.end_time, -old.quantity);
end;

-- What ended before the change is history: it binds neither the capacity nor a deletion.
drop trigger resources_guard_deletion;
create trigger resources_guard_deletion before update of deleted_at on resources
when new.deleted_at is not null and old.deleted_at is null begin
  select raise(abort, 'resources_in_use') where exists (
    select 1 from occupancy where resource_id = new.id and since > new.deleted_at
  );
end;
drop trigger resources_guard_capacity;
create trigger resources_guard_capacity before update of capacity on resources
when new.capacity < old.capacity begin
  select raise(abort, 'resources_in_use') where exists (
    select 1 from occupancy where resource_id = new.id and taken > new.capacity and since >= coalesce(
      (select max(since) from occupancy where resource_id = new.id and since <= new.updated_at), new.updated_at)
  );
end;
