-- loses nothing but sums that claims give again: select count(*) from bookings where false
drop trigger claims_guard_replace;
drop trigger claims_guard_insert;
drop trigger claims_guard_update;
drop trigger claims_occupy_insert;
drop trigger claims_occupy_delete;
drop trigger resources_guard_deletion;
drop trigger resources_guard_capacity;
drop view occupations;
drop view wanted_claims;
drop table occupancy;
drop index claims_long;

-- Insert and update are guarded by the same two statements; SQLite has no functions to share them in.
create trigger claims_guard_insert before insert on claims when new.blocking begin
  select raise(abort, 'claims_resource_gone') where not exists (
    select 1 from resources
    where id = new.resource_id and deleted_at is null and organization_id = new.organization_id
  );
  select raise(abort, 'claims_within_capacity')
  where new.quantity + coalesce((
    -- At one instant ends come before starts: intervals are half-open.
    select max(taken) from (
      select sum(by) over (order by at, by) as taken from (
        select start_time as at, quantity as by from claims
        where resource_id = new.resource_id and blocking and id <> new.id
          and start_time < new.end_time and start_time > new.start_time - 31622400000 and end_time > new.start_time
        union all
        select end_time, -quantity from claims
        where resource_id = new.resource_id and blocking and id <> new.id
          and start_time < new.end_time and start_time > new.start_time - 31622400000 and end_time > new.start_time
      )
    )
  ), 0) > (select capacity from resources where id = new.resource_id);
end;

create trigger claims_guard_update before update on claims when new.blocking begin
  select raise(abort, 'claims_resource_gone') where not exists (
    select 1 from resources
    where id = new.resource_id and deleted_at is null and organization_id = new.organization_id
  );
  select raise(abort, 'claims_within_capacity')
  where new.quantity + coalesce((
    select max(taken) from (
      select sum(by) over (order by at, by) as taken from (
        select start_time as at, quantity as by from claims
        where resource_id = new.resource_id and blocking and id <> new.id
          and start_time < new.end_time and start_time > new.start_time - 31622400000 and end_time > new.start_time
        union all
        select end_time, -quantity from claims
        where resource_id = new.resource_id and blocking and id <> new.id
          and start_time < new.end_time and start_time > new.start_time - 31622400000 and end_time > new.start_time
      )
    )
  ), 0) > (select capacity from resources where id = new.resource_id);
end;

-- Claims that ended before the change are history: they bind neither the capacity nor a deletion.
create trigger resources_guard_deletion before update of deleted_at on resources
when new.deleted_at is not null and old.deleted_at is null begin
  select raise(abort, 'resources_in_use') where exists (
    select 1 from claims where resource_id = new.id and blocking and end_time > new.deleted_at
  );
end;

create trigger resources_guard_capacity before update of capacity on resources
when new.capacity < old.capacity begin
  select raise(abort, 'resources_in_use')
  where new.capacity < (
    select max(taken) from (
      select sum(by) over (order by at, by) as taken from (
        select start_time as at, quantity as by from claims
        where resource_id = new.id and blocking and end_time > new.updated_at
        union all
        select end_time, -quantity from claims
        where resource_id = new.id and blocking and end_time > new.updated_at
      )
    )
  );
end;
