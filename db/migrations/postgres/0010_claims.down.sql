-- loses nothing but sums that claims give again: select count(*) from bookings where false
lock table claims in share row exclusive mode;
drop trigger claims_guard on claims;
drop trigger claims_truncated on claims;
drop function claims_truncated();

-- The largest sum of quantities at any instant of [starts, ends), over blocking claims on a resource but one.
create function claims_peak(resource uuid, but uuid, starts timestamptz, ends timestamptz) returns bigint
language sql volatile as $$
  with touching as (
    select start_time, end_time, quantity from claims
    where resource_id = resource and blocking and exclusive and id <> but
      and tstzrange(start_time, end_time) && tstzrange(starts, ends)
    union all
    select start_time, end_time, quantity from claims
    where resource_id = resource and blocking and not exclusive and id <> but
      and tstzrange(start_time, end_time) && tstzrange(starts, ends)
  ), steps as (
    select start_time as at, quantity as by from touching
    union all
    select end_time, -quantity from touching
  )
  -- At one instant ends come before starts: intervals are half-open.
  select coalesce(max(taken), 0) from (select sum(by) over (order by at, by) as taken from steps) as running
$$;

create or replace function claims_guard() returns trigger language plpgsql as $$
declare
  resource record;
begin
  if not new.blocking then
    return new;
  end if;
  -- The same slot as before was guarded when it was taken; only the capacity may have changed since.
  if tg_op = 'UPDATE' and old.blocking and (new.resource_id, new.start_time, new.end_time, new.quantity)
      is not distinct from (old.resource_id, old.start_time, old.end_time, old.quantity) then
    new.exclusive := (select capacity = 1 from resources where id = new.resource_id);
    return new;
  end if;
  -- The bump comes first. It makes claims on a resource take turns, and at REPEATABLE READ it is what makes
  -- the loser fail: a row lock alone would let it go on with an old snapshot.
  update resources set claims_made = claims_made + 1 where id = new.resource_id
    returning capacity, deleted_at, organization_id into resource;
  if not found or resource.deleted_at is not null or resource.organization_id <> new.organization_id then
    raise exception 'the resource is gone' using errcode = '23514', constraint = 'claims_resource_gone';
  end if;
  new.exclusive := resource.capacity = 1;
  if new.quantity + claims_peak(new.resource_id, new.id, new.start_time, new.end_time) > resource.capacity then
    raise exception 'the slot is taken' using errcode = '23P01', constraint = 'claims_within_capacity';
  end if;
  return new;
end $$;
create trigger claims_guard before insert or update on claims for each row execute function claims_guard();

create or replace function resources_guard() returns trigger language plpgsql as $$
begin
  if new.deleted_at is not null and old.deleted_at is null and exists (
    select 1 from claims where resource_id = new.id and blocking and end_time > new.deleted_at
  ) then
    raise exception 'the resource is booked' using errcode = '23514', constraint = 'resources_in_use';
  end if;
  if new.capacity < old.capacity
    and claims_peak(new.id, '00000000-0000-0000-0000-000000000000', new.updated_at, 'infinity') > new.capacity then
    raise exception 'more is booked' using errcode = '23514', constraint = 'resources_in_use';
  end if;
  return new;
end $$;

create function resources_share_claims() returns trigger language plpgsql as $$
begin
  update claims set quantity = quantity where resource_id = new.id and blocking and end_time > new.updated_at;
  return null;
end $$;
create trigger resources_share_claims after update of capacity on resources
  for each row when ((old.capacity = 1) <> (new.capacity = 1)) execute function resources_share_claims();

drop function occupy(uuid, timestamptz, timestamptz, integer);
drop function most_taken(uuid, timestamptz, timestamptz);
drop table occupancy;
