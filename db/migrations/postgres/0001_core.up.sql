create extension if not exists btree_gist;

create table organizations (
  id uuid primary key,
  slug text not null constraint organizations_slug_key unique,
  name text not null,
  created_at timestamptz(3) not null
);

create table users (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  email text not null constraint users_email_key unique,
  name text not null,
  role text not null check (role in ('user', 'admin')),
  status text not null check (status in ('active', 'disabled')),
  password_hash text,
  external_id text,
  calendar_id uuid not null,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index users_page on users (organization_id, created_at, id);

create table sessions (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  generation integer not null,
  rotated_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason text,
  version integer not null,
  created_at timestamptz(3) not null
);
create index sessions_open on sessions (user_id) where ended_at is null;

create table resources (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  description text,
  timezone text not null,
  capacity integer not null check (capacity between 1 and 10000),
  kind text not null check (kind in ('resource', 'calendar')),
  owner_id uuid references users (id),
  metadata jsonb not null,
  version integer not null,
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- Bumped by every claim: the lock and the conflict that make concurrent claims take turns. Not the version.
  claims_made bigint not null default 0,
  check (kind <> 'calendar' or (owner_id is not null and capacity = 1))
) with (fillfactor = 70);
create index resources_page on resources (organization_id, created_at, id) where deleted_at is null;

create table bookings (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  owner_id uuid not null references users (id),
  resource_id uuid not null references resources (id),
  title text not null,
  description text,
  location text,
  start_time timestamptz(3) not null,
  end_time timestamptz(3) not null,
  status text not null check (status in ('confirmed', 'cancelled')),
  quantity integer not null,
  attendees jsonb not null,
  metadata jsonb not null,
  version integer not null,
  cancellation_reason text,
  cancelled_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index bookings_of_owner_by_start on bookings (owner_id, start_time, id);
create index bookings_of_owner_by_creation on bookings (owner_id, created_at, id);
create index bookings_of_resource on bookings (resource_id, start_time, id);
create index bookings_by_start on bookings (organization_id, start_time, id);
create index bookings_by_creation on bookings (organization_id, created_at, id);

-- Which resource is taken when, and by how much. The id is the booking's.
create table claims (
  id uuid primary key references bookings (id) deferrable initially deferred,
  organization_id uuid not null references organizations (id),
  resource_id uuid not null references resources (id),
  start_time timestamptz(3) not null,
  end_time timestamptz(3) not null,
  quantity integer not null check (quantity >= 1),
  blocking boolean not null,
  -- Set by the trigger from the resource's capacity, never by the writer.
  exclusive boolean not null default true,
  constraint claims_interval check (end_time > start_time and end_time - start_time <= interval '8784 hours'),
  constraint claims_no_overlap exclude using gist
    (resource_id with =, tstzrange(start_time, end_time) with &&) where (blocking and exclusive)
);
create index claims_shared on claims using gist
  (resource_id, tstzrange(start_time, end_time)) where (blocking and not exclusive);

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

create function claims_guard() returns trigger language plpgsql as $$
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

-- Claims that ended before the change are history: they bind neither the capacity nor a deletion.
create function resources_guard() returns trigger language plpgsql as $$
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
create trigger resources_guard before update of capacity, deleted_at on resources
  for each row execute function resources_guard();

create function resources_share_claims() returns trigger language plpgsql as $$
begin
  update claims set quantity = quantity where resource_id = new.id and blocking and end_time > new.updated_at;
  return null;
end $$;
create trigger resources_share_claims after update of capacity on resources
  for each row when ((old.capacity = 1) <> (new.capacity = 1)) execute function resources_share_claims();

create function users_guard() returns trigger language plpgsql as $$
begin
  -- The bump makes two admins who demote one another take turns.
  update organizations set name = name where id = new.organization_id;
  if not exists (
    select 1 from users
    where organization_id = new.organization_id and id <> new.id and role = 'admin' and status = 'active'
  ) then
    raise exception 'the last admin' using errcode = '23514', constraint = 'users_last_admin';
  end if;
  return new;
end $$;
create trigger users_guard before update of role, status on users for each row
  when (old.role = 'admin' and old.status = 'active' and (new.role <> 'admin' or new.status <> 'active'))
  execute function users_guard();

-- Raised by a restore and when the cluster is another: transaction ids of an earlier epoch can't be compared.
create table log_epoch (
  one boolean primary key default true check (one),
  epoch integer not null,
  system_identifier text not null
);
insert into log_epoch (epoch, system_identifier) select 1, system_identifier::text from pg_control_system();

create function current_log_epoch() returns integer language sql stable as 'select epoch from log_epoch';

create table events (
  seq bigint generated always as identity,
  -- Readers stay below the oldest running transaction, in this order; a serial alone would pass late commits.
  xid xid8 not null default pg_current_xact_id(),
  epoch integer not null default current_log_epoch(),
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  subject_type text not null,
  subject_id uuid not null,
  version integer not null,
  type text not null,
  actor_id uuid,
  -- Whose news it is, and which resources it is about: what live clients follow.
  owner_id uuid,
  resource_id uuid,
  previous_resource_id uuid,
  data jsonb not null,
  time timestamptz(3) not null,
  constraint events_subject_version unique (subject_id, version)
);
create index events_log on events (epoch, xid, seq);
create index events_of_owner on events (owner_id, epoch, xid, seq) where owner_id is not null;
create index events_of_resource on events (resource_id, epoch, xid, seq) where resource_id is not null;
create index events_of_previous_resource on events (previous_resource_id, epoch, xid, seq)
  where previous_resource_id is not null;

create table receipts (
  organization_id uuid not null references organizations (id),
  caller_id uuid not null,
  key text not null,
  fingerprint text not null,
  status integer not null,
  body text not null,
  location text,
  etag text,
  created_at timestamptz(3) not null,
  constraint receipts_caller_key primary key (caller_id, key)
);
create index receipts_age on receipts (created_at);

create table settings (name text primary key, value text not null);
