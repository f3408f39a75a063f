-- Nobody changes a claim between the count below and the trigger that keeps it.
lock table claims in share row exclusive mode;

-- How much of a resource is taken: `taken` from `since` until the next row. It is the sum of the blocking claims, kept
-- by their trigger. Equal neighbors are one row, so what a booking costs, or a look at when a resource is free, does not
-- depend on how many bookings fill it.
create table occupancy (
  resource_id uuid not null,
  since timestamptz(3) not null,
  taken integer not null,
  constraint occupancy_pkey primary key (resource_id, since)
) with (fillfactor = 80);
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
analyze occupancy;

-- The most that is taken at any instant of [starts, ends).
create function most_taken(resource uuid, starts timestamptz, ends timestamptz) returns integer
language sql volatile as $$
  select coalesce(max(taken), 0) from occupancy
  where resource_id = resource and since < ends and since >= coalesce(
    (select since from occupancy where resource_id = resource and since <= starts order by since desc limit 1), starts)
$$;

-- Adds `change` to what is taken during [starts, ends). The caller holds the resource: two changes of one resource
-- never run at once.
create function occupy(resource uuid, starts timestamptz, ends timestamptz, change integer) returns void
language plpgsql as $$
begin
  insert into occupancy (resource_id, since, taken)
  select resource, edge, coalesce((
    select taken from occupancy where resource_id = resource and since < edge order by since desc limit 1
  ), 0) from unnest(array[starts, ends]) as edge
  on conflict do nothing;
  update occupancy set taken = taken + change
  where resource_id = resource and since >= starts and since < ends;
  -- Where an edge changes nothing any more, its two neighbors are one.
  delete from occupancy as step
  where resource_id = resource and since in (starts, ends) and taken = coalesce((
    select before.taken from occupancy as before
    where before.resource_id = resource and before.since < step.since order by before.since desc limit 1
  ), 0);
end $$;

create or replace function claims_guard() returns trigger language plpgsql as $$
declare
  resource record;
begin
  if tg_op = 'UPDATE' and
    (new.organization_id, new.resource_id, new.start_time, new.end_time, new.quantity, new.blocking) is not distinct from
    (old.organization_id, old.resource_id, old.start_time, old.end_time, old.quantity, old.blocking) then
    new.exclusive := old.exclusive;
    return new;
  end if;
  if tg_op <> 'INSERT' and old.blocking then
    update resources set claims_made = claims_made + 1 where id = old.resource_id;
    perform occupy(old.resource_id, old.start_time, old.end_time, -old.quantity);
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if not new.blocking then
    return new;
  end if;
  -- The bump comes first. It makes claims on a resource take turns, and at REPEATABLE READ it is what makes
  -- the loser fail: a row lock alone would let it go on with an old snapshot.
  update resources set claims_made = claims_made + 1 where id = new.resource_id
    returning capacity, deleted_at, organization_id into resource;
  if not found or resource.deleted_at is not null or resource.organization_id <> new.organization_id then
    raise exception 'the resource is gone' using errcode = '23514', constraint = 'claims_resource_gone';
  end if;
  -- It is there already: this insert fails, or does nothing (`on conflict`), and takes nothing more.
  if tg_op = 'INSERT' and exists (select 1 from claims where id = new.id) then
    return new;
  end if;
  -- Of a resource of one the constraint keeps claims apart too, whatever becomes of the sums.
  new.exclusive := resource.capacity = 1;
  if new.quantity + most_taken(new.resource_id, new.start_time, new.end_time) > resource.capacity then
    raise exception 'the slot is taken' using errcode = '23P01', constraint = 'claims_within_capacity';
  end if;
  perform occupy(new.resource_id, new.start_time, new.end_time, new.quantity);
  return new;
end $$;
drop trigger claims_guard on claims;
create trigger claims_guard before insert or update or delete on claims
  for each row execute function claims_guard();

create function claims_truncated() returns trigger language plpgsql as $$
begin
  delete from occupancy;
  return null;
end $$;
create trigger claims_truncated after truncate on claims execute function claims_truncated();

-- What ended before the change is history: it binds neither the capacity nor a deletion.
create or replace function resources_guard() returns trigger language plpgsql as $$
begin
  if new.deleted_at is not null and old.deleted_at is null and exists (
    select 1 from occupancy where resource_id = new.id and since > new.deleted_at
  ) then
    raise exception 'the resource is booked' using errcode = '23514', constraint = 'resources_in_use';
  end if;
  if new.capacity < old.capacity and most_taken(new.id, new.updated_at, 'infinity') > new.capacity then
    raise exception 'more is booked' using errcode = '23514', constraint = 'resources_in_use';
  end if;
  return new;
end $$;

-- A claim stays exclusive or shared as it was made: the sums bind both kinds, and the constraint only adds to them.
drop trigger resources_share_claims on resources;
drop function resources_share_claims();
drop function claims_peak(uuid, uuid, timestamptz, timestamptz);
