-- Instants are milliseconds since 1970, UTC. JSON is text.
create table organizations (
  id text primary key,
  slug text not null unique,
  name text not null,
  created_at integer not null
) strict;

create table users (
  id text primary key,
  organization_id text not null references organizations (id),
  email text not null unique,
  name text not null,
  role text not null check (role in ('user', 'admin')),
  status text not null check (status in ('active', 'disabled')),
  password_hash text,
  external_id text,
  calendar_id text not null,
  version integer not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index users_page on users (organization_id, created_at, id);

create table sessions (
  id text primary key,
  organization_id text not null references organizations (id),
  user_id text not null references users (id),
  generation integer not null,
  rotated_at integer not null,
  ended_at integer,
  end_reason text,
  version integer not null,
  created_at integer not null
) strict;
create index sessions_open on sessions (user_id) where ended_at is null;

create table resources (
  id text primary key,
  organization_id text not null references organizations (id),
  name text not null,
  description text,
  timezone text not null,
  capacity integer not null check (capacity between 1 and 10000),
  kind text not null check (kind in ('resource', 'calendar')),
  owner_id text references users (id),
  metadata text not null check (json_valid(metadata)),
  version integer not null,
  deleted_at integer,
  created_at integer not null,
  updated_at integer not null,
  check (kind <> 'calendar' or (owner_id is not null and capacity = 1))
) strict;
create index resources_page on resources (organization_id, created_at, id) where deleted_at is null;

create table bookings (
  id text primary key,
  organization_id text not null references organizations (id),
  owner_id text not null references users (id),
  resource_id text not null references resources (id),
  title text not null,
  description text,
  location text,
  start_time integer not null,
  end_time integer not null,
  status text not null check (status in ('confirmed', 'cancelled')),
  quantity integer not null,
  attendees text not null check (json_valid(attendees)),
  metadata text not null check (json_valid(metadata)),
  version integer not null,
  cancellation_reason text,
  cancelled_at integer,
  created_at integer not null,
  updated_at integer not null
) strict;
create index bookings_of_owner_by_start on bookings (owner_id, start_time, id);
create index bookings_of_owner_by_creation on bookings (owner_id, created_at, id);
create index bookings_of_resource on bookings (resource_id, start_time, id);
create index bookings_by_start on bookings (organization_id, start_time, id);
create index bookings_by_creation on bookings (organization_id, created_at, id);

-- Which resource is taken when, and by how much. The id is the booking's.
create table claims (
  id text primary key references bookings (id) deferrable initially deferred,
  organization_id text not null references organizations (id),
  resource_id text not null references resources (id),
  start_time integer not null,
  end_time integer not null,
  quantity integer not null check (quantity >= 1),
  blocking integer not null check (blocking in (0, 1)),
  -- 366 days: what lets the guard search an index range.
  constraint claims_interval check (end_time > start_time and end_time - start_time <= 31622400000)
) strict;
create index claims_blocking on claims (resource_id, start_time, end_time, quantity) where blocking;

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

create trigger users_guard before update of role, status on users
when old.role = 'admin' and old.status = 'active' and (new.role <> 'admin' or new.status <> 'active') begin
  select raise(abort, 'users_last_admin') where not exists (
    select 1 from users
    where organization_id = new.organization_id and id <> new.id and role = 'admin' and status = 'active'
  );
end;

create table events (
  -- One writer at a time makes this the order of commits.
  seq integer primary key autoincrement,
  id text not null unique,
  organization_id text not null references organizations (id),
  subject_type text not null,
  subject_id text not null,
  version integer not null,
  type text not null,
  actor_id text,
  -- Whose news it is, and which resources it is about: what live clients follow.
  owner_id text,
  resource_id text,
  previous_resource_id text,
  data text not null check (json_valid(data)),
  time integer not null,
  unique (subject_id, version)
) strict;
create index events_of_owner on events (owner_id, seq) where owner_id is not null;
create index events_of_resource on events (resource_id, seq) where resource_id is not null;
create index events_of_previous_resource on events (previous_resource_id, seq)
  where previous_resource_id is not null;

create table receipts (
  organization_id text not null references organizations (id),
  caller_id text not null,
  key text not null,
  fingerprint text not null,
  status integer not null,
  body text not null,
  location text,
  etag text,
  created_at integer not null,
  primary key (caller_id, key)
) strict;
create index receipts_age on receipts (created_at);

create table settings (name text primary key, value text not null) strict;
