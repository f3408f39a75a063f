create extension if not exists btree_gist;

-- Every table gets its primary key after its other indexes. To a planner that finds a table empty, all indexes that
-- contain a column cost the same, and Postgres then takes the newest: it must be the primary key. The plan lasts as long
-- as the connection, and any other index would be read from end to end once the table has grown.

-- Organizations. Every other row belongs to one.

create table organizations (
  id uuid not null,
  slug text not null constraint organizations_slug_key unique,
  name text not null,
  -- Demo data may be removed as a whole, its log included; nothing else ever may.
  demo boolean not null default false,
  created_at timestamptz(3) not null
);
alter table organizations add primary key (id);

create function organizations_guard() returns trigger language plpgsql as $$
begin
  raise exception 'demo never changes' using errcode = '55000', constraint = 'organizations_demo';
end $$;
create trigger organizations_guard before update of demo on organizations
  for each row when (old.demo <> new.demo) execute function organizations_guard();

-- People, their sessions, and keys for services

create table users (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  email text not null constraint users_email_key unique,
  name text not null,
  role text not null check (role in ('user', 'admin')),
  status text not null check (status in ('active', 'disabled')),
  password_hash text,
  -- Whatever ends all sessions of a person raises it; a session of an earlier generation is over.
  credential_generation integer not null default 1,
  email_verified_at timestamptz(3),
  -- When a person asked to be forgotten, and when the last of it was redacted.
  erased_at timestamptz(3),
  redacted_at timestamptz(3),
  external_id text,
  calendar_id uuid not null,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index users_page on users (organization_id, created_at, id);
create index users_to_redact on users (erased_at) where erased_at is not null and redacted_at is null;
alter table users add primary key (id);

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

-- Permissions are decided before the commit; this lock makes the decision still true at the commit. A change of a
-- person's credentials comes wholly before, and is noticed, or wholly after. Only a person who is changed is locked
-- against those who read them: bookings hold their owner and attendees for share, in an order of their own.
create function hold_person(person uuid, generation integer, is_changed boolean) returns boolean language plpgsql as $$
declare held integer;
begin
  if is_changed then
    select credential_generation into held from users where id = person for no key update;
  else
    select credential_generation into held from users where id = person for share;
  end if;
  if generation is not null and held is distinct from generation then
    raise exception 'the credentials have changed' using errcode = '23514', constraint = 'users_credentials';
  end if;
  return true;
end $$;

create table sessions (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  credential_generation integer not null default 1,
  generation integer not null,
  rotated_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason text,
  version integer not null,
  created_at timestamptz(3) not null
);
-- The sessions of one person, in the order in which they are listed: all of them, and those that count.
create index sessions_by_creation on sessions (user_id, created_at, id);
create index sessions_of_user on sessions (user_id, credential_generation, created_at, id);
-- Sessions that no token can revive are purged from this end.
create index sessions_expiry on sessions (rotated_at);
alter table sessions add primary key (id);

-- Only a hash of the secret is kept.
create table api_keys (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  name text not null,
  scopes jsonb not null,
  secret_hash text not null,
  created_by uuid,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  version integer not null,
  created_at timestamptz(3) not null
);
create index api_keys_page on api_keys (organization_id, created_at, id);
alter table api_keys add primary key (id);

-- Resources

create table resources (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  name text not null,
  description text,
  timezone text not null,
  capacity integer not null check (capacity between 1 and 10000),
  kind text not null check (kind in ('resource', 'calendar')),
  owner_id uuid references users (id),
  metadata jsonb not null,
  -- Raised by every change that may narrow when the resource is open.
  rules_version integer not null default 1,
  version integer not null,
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- Bumped by every claim: the lock and the conflict that make concurrent claims take turns. Not the version.
  claims_made bigint not null default 0,
  check (kind <> 'calendar' or (owner_id is not null and capacity = 1))
) with (fillfactor = 70);
create index resources_page on resources (organization_id, created_at, id) where deleted_at is null;
alter table resources add primary key (id);

-- Bookings

create table bookings (
  id uuid not null,
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
  reminders jsonb not null default '[]',
  version integer not null,
  cancellation_reason text,
  cancelled_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index bookings_of_owner_by_start on bookings (owner_id, start_time, id);
create index bookings_of_owner_by_creation on bookings (owner_id, created_at, id);
create index bookings_of_resource on bookings (resource_id, start_time, id);
-- The end is in the index too: a booking that began before an interval and is over by then is skipped without a look
-- at its row.
create index bookings_by_start on bookings (organization_id, start_time, id, end_time);
create index bookings_by_creation on bookings (organization_id, created_at, id);
-- What runs at an instant began within the day before it, or is one of the few that are longer.
create index bookings_long on bookings (organization_id, start_time, id)
  where end_time - start_time > interval '1 day';
-- Postgres then knows how few are longer than a day, and looks for those in their own index.
create statistics bookings_length on (end_time - start_time) from bookings;
alter table bookings add primary key (id);

-- An owner whose account is closed gets no bookings and moves none; existing ones can be cancelled, and lose their
-- words. The lock is what closing an account conflicts with: it waits for bookings in progress, and later ones see it,
-- or fail at REPEATABLE READ.
create function bookings_owner_guard() returns trigger language plpgsql as $$
declare
  closed timestamptz;
begin
  select erased_at into closed from users where id = new.owner_id for share;
  if closed is null then
    return new;
  end if;
  if tg_op = 'UPDATE' and new.owner_id = old.owner_id
    and (new.status = 'cancelled' or (new.status, new.resource_id, new.start_time, new.end_time, new.quantity)
      is not distinct from (old.status, old.resource_id, old.start_time, old.end_time, old.quantity))
    and new.title in (old.title, '[erased]')
    and (new.description is null or new.description is not distinct from old.description)
    and (new.location is null or new.location is not distinct from old.location)
    and old.attendees @> new.attendees
    and new.metadata in (old.metadata, '{}')
    and (new.cancellation_reason is null or new.cancellation_reason is not distinct from old.cancellation_reason)
  then
    return new;
  end if;
  raise exception 'the owner is erased' using errcode = '23514', constraint = 'bookings_owner_erased';
end $$;
create trigger bookings_owner_guard before insert or update on bookings
  for each row execute function bookings_owner_guard();

-- For commits that mention bookings without writing them: locks the bookings, and refuses if one has changed.
create function bookings_as_of(read jsonb) returns bigint language plpgsql as $$
begin
  perform 1 from bookings
    where id in (select "bookingId" from jsonb_to_recordset(read) as seen ("bookingId" uuid))
    order by id for share;
  if exists (
    select 1 from jsonb_to_recordset(read) as seen ("bookingId" uuid, version integer)
    left join bookings on bookings.id = seen."bookingId"
    where bookings.version is distinct from seen.version
  ) then
    raise exception 'a booking has changed' using errcode = '40002', constraint = 'bookings_as_of';
  end if;
  return 0;
end $$;

-- Claims: which resource is taken when, and by how much. The id is the booking's; a booking may have several parts.

create table claims (
  -- Deferred, because claims are written before their booking: they take the lock on the resource.
  id uuid not null references bookings (id) deferrable initially deferred,
  part integer not null check (part >= 0),
  organization_id uuid not null references organizations (id),
  resource_id uuid not null references resources (id),
  start_time timestamptz(3) not null,
  end_time timestamptz(3) not null,
  quantity integer not null check (quantity >= 1),
  blocking boolean not null,
  -- When a hold stops counting; null for a claim for good.
  expires_at timestamptz(3),
  -- When the claim was decided, by the clock of the process that decided it.
  decided_at timestamptz(3) not null,
  -- The version of the resource's rules that it was decided on; null where no rules applied.
  rules_version integer,
  -- Set by the trigger from the resource's capacity, never by the writer.
  exclusive boolean not null default true,
  constraint claims_interval check (end_time > start_time and end_time - start_time <= interval '8784 hours'),
  constraint claims_no_overlap exclude using gist
    (resource_id with =, tstzrange(start_time, end_time) with &&) where (blocking and exclusive)
);
create index claims_shared on claims using gist
  (resource_id, tstzrange(start_time, end_time)) where (blocking and not exclusive);
alter table claims add primary key (id, part);

-- How much of a resource is taken: `taken` from `since` until the next row. It is the sum of the blocking claims, kept
-- by their trigger. Equal neighbors are one row, so the cost of a booking, or of finding out when a resource is free,
-- does not depend on how many bookings fill it.
create table occupancy (
  resource_id uuid not null,
  since timestamptz(3) not null,
  taken integer not null
) with (fillfactor = 80);
alter table occupancy add primary key (resource_id, since);

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

-- Before a claim is written. The bump comes first: it makes claims on a resource take turns, and at REPEATABLE READ it is
-- what makes the loser fail: a row lock alone would let it go on with an old snapshot. A move takes the turns of both
-- resources.
create function claims_guard() returns trigger language plpgsql as $$
declare
  resource record;
begin
  if tg_op <> 'INSERT' and old.blocking and (
    tg_op = 'DELETE' or not new.blocking or new.resource_id <> old.resource_id
  ) then
    update resources set claims_made = claims_made + 1 where id = old.resource_id;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if not new.blocking then
    return new;
  end if;
  update resources set claims_made = claims_made + 1 where id = new.resource_id
    returning capacity, deleted_at, organization_id into resource;
  if not found or resource.deleted_at is not null or resource.organization_id <> new.organization_id then
    raise exception 'the resource is gone' using errcode = '23514', constraint = 'claims_resource_gone';
  end if;
  -- On a resource of capacity one, the constraint keeps claims apart too, whatever happens to the sums.
  new.exclusive := resource.capacity = 1;
  -- A loser need not write anything else. It counts only claims of earlier statements; `claims_occupy` decides.
  if tg_op = 'INSERT' and new.quantity + most_taken(new.resource_id, new.start_time, new.end_time) > resource.capacity
    and not exists (select 1 from claims where id = new.id and part = new.part) then
    raise exception 'the slot is taken' using errcode = '23P01', constraint = 'claims_within_capacity';
  end if;
  return new;
end $$;

-- After it is written, and so only for rows that are: an insert may do nothing (`on conflict`).
create function claims_occupy() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.blocking then
    perform occupy(old.resource_id, old.start_time, old.end_time, -old.quantity);
  end if;
  if tg_op <> 'DELETE' and new.blocking then
    perform occupy(new.resource_id, new.start_time, new.end_time, new.quantity);
    if most_taken(new.resource_id, new.start_time, new.end_time) > (
      select capacity from resources where id = new.resource_id
    ) then
      raise exception 'the slot is taken' using errcode = '23P01', constraint = 'claims_within_capacity';
    end if;
  end if;
  return null;
end $$;

create trigger claims_guard before insert or delete on claims for each row execute function claims_guard();
create trigger claims_occupy after insert or delete on claims for each row execute function claims_occupy();
-- Other changes of a claim take nothing, and need no turn.
create trigger claims_guard_update before update on claims for each row
  when ((new.organization_id, new.resource_id, new.start_time, new.end_time, new.quantity, new.blocking, new.exclusive)
    is distinct from
    (old.organization_id, old.resource_id, old.start_time, old.end_time, old.quantity, old.blocking, old.exclusive))
  execute function claims_guard();
create trigger claims_occupy_update after update on claims for each row
  when ((new.organization_id, new.resource_id, new.start_time, new.end_time, new.quantity, new.blocking)
    is distinct from (old.organization_id, old.resource_id, old.start_time, old.end_time, old.quantity, old.blocking))
  execute function claims_occupy();

create function claims_truncated() returns trigger language plpgsql as $$
begin
  -- Not a delete: at REPEATABLE READ it would leave the rows that this snapshot does not see.
  truncate occupancy;
  return null;
end $$;
create trigger claims_truncated after truncate on claims execute function claims_truncated();

-- For claims written by hand, the same as `bookings_owner_guard`. The claim of a new booking comes before its booking,
-- and is guarded there.
create function claims_owner_guard() returns trigger language plpgsql as $$
declare
  owner uuid;
  closed timestamptz;
begin
  -- Not a join: it would begin at whichever table looked cheaper when it was planned.
  select owner_id into owner from bookings where id = new.id;
  select erased_at into closed from users where id = owner for share;
  if closed is not null then
    raise exception 'the owner is erased' using errcode = '23514', constraint = 'bookings_owner_erased';
  end if;
  return new;
end $$;
create trigger claims_owner_guard before update on claims for each row
  when (new.blocking and (not old.blocking or (new.id, new.resource_id, new.start_time, new.end_time, new.quantity)
    is distinct from (old.id, old.resource_id, old.start_time, old.end_time, old.quantity)))
  execute function claims_owner_guard();
create trigger claims_owner_guard_insert before insert on claims for each row
  when (new.blocking) execute function claims_owner_guard();

-- What ended before the change is history: it limits neither the capacity nor a deletion.
create function resources_guard() returns trigger language plpgsql as $$
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
create trigger resources_guard before update of capacity, deleted_at on resources
  for each row execute function resources_guard();

-- The ledger of everything timed: one row for each task. `subject_id` is what it is about: a booking, a link.
-- `attempt_at` is when to look at it next, and null when nothing is left to do. `trace_parent` is the trace that planned
-- it (W3C traceparent), which doing it continues.
create table tasks (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  kind text not null,
  subject_id uuid not null,
  key text not null,
  state text not null check (state in ('scheduled', 'leased', 'done', 'skipped', 'voided', 'failed')),
  reason text,
  due_at timestamptz(3) not null,
  attempts integer not null,
  attempt_at timestamptz(3),
  queued_at timestamptz(3),
  done_at timestamptz(3),
  data jsonb not null,
  trace_parent text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  constraint tasks_of_subject unique (subject_id, kind, key),
  check ((state in ('scheduled', 'leased')) = (attempt_at is not null))
) with (fillfactor = 80);
create index tasks_open on tasks (kind, attempt_at) where attempt_at is not null;
create index tasks_done on tasks (kind, done_at) where done_at is not null;
create index tasks_failed on tasks (due_at) where state = 'failed';
create index tasks_skipped on tasks (kind) where state = 'skipped';
alter table tasks add primary key (id);

-- Links that are mailed about an account. Each works once.
create table links (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  purpose text not null check (purpose in ('verify_email', 'reset_password')),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  created_at timestamptz(3) not null
);
create index links_of_user on links (user_id);
create index links_unused on links (user_id) where used_at is null;
alter table links add primary key (id);

-- The log, and which server has written to it since its epoch began. Transaction ids of two servers can't be compared,
-- nor those of one server before and after it was set back to an earlier state. Each has its own start time: a promoted
-- standby, the new cluster that a dump was loaded into, and the server that was restarted on an old copy of its files.

create table log_epoch (
  one boolean primary key default true check (one),
  epoch integer not null,
  server_started_at timestamptz not null
);
-- Epochs count seconds since 2026, so that a later one is also larger in another copy of this log. The random part keeps
-- logs apart that begin at the same moment.
insert into log_epoch (epoch, server_started_at)
select extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00Z')::integer + 1 + floor(random() * 100000)::integer,
  pg_postmaster_start_time();

-- The epoch of a new event. If another server was the last to write, it begins a new one, in the transaction of that
-- event. Writers take turns at the update: at READ COMMITTED the second one finds the new epoch, at the other levels it
-- fails with 40001, and is tried again.
create function writable_log_epoch() returns integer language plpgsql volatile as $$
declare
  found_epoch integer;
begin
  -- As log_is_ahead, but planned once per session: a call costs some 10 microseconds, and would be 100.
  select epoch into found_epoch from log_epoch where server_started_at = pg_postmaster_start_time() and not coalesce((
    select last.epoch > log_epoch.epoch or (last.epoch = log_epoch.epoch
      and last.xid >= pg_snapshot_xmax(pg_current_snapshot()) and last.xid <> pg_current_xact_id())
    from events as last order by last.epoch desc, last.xid desc, last.seq desc limit 1
  ), false);
  if found then
    return found_epoch;
  end if;
  if log_has_prepared_events() then
    raise exception 'a prepared transaction has written events: commit it, or roll it back' using errcode = '57P03';
  end if;
  update log_epoch set
    epoch = greatest(
      epoch + 1,
      (select max(epoch) + 1 from events),
      extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00Z')::integer
    ),
    server_started_at = pg_postmaster_start_time()
  where server_started_at <> pg_postmaster_start_time() or log_is_ahead(epoch)
  returning epoch into found_epoch;
  if not found then
    select epoch into found_epoch from log_epoch;
  end if;
  return found_epoch;
end $$;

create table events (
  seq bigint generated always as identity,
  -- Readers stay below the oldest running transaction, in this order; a serial alone would pass late commits.
  xid xid8 not null default pg_current_xact_id(),
  epoch integer not null default writable_log_epoch(),
  id uuid not null,
  organization_id uuid not null references organizations (id),
  subject_type text not null,
  subject_id uuid not null,
  -- Null for an event that changes no state, like a reminder that was sent.
  version integer,
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
-- The audit is read one organization at a time, in the order of time. It leaves out events without a version, and
-- may be asked for one type: the index itself shows both.
create index events_by_time on events (organization_id, time, id, version, type);
-- What one person or key did, in the same order.
create index events_of_actor on events (actor_id, time, id) where actor_id is not null;
-- Admins poll their organization's bookings, without walking past the events of other organizations.
create index events_of_organization on events (organization_id, epoch, xid, seq) where subject_type = 'booking';
-- What must be forgotten or closed is found by reading what has become visible, in no order, and not the bookings.
create index events_unordered on events (epoch, xid) where subject_type <> 'booking';
alter table events add primary key (id);

-- A prepared transaction outlives its server. One that has written events still belongs to the epoch it began in.
create function log_has_prepared_events() returns boolean language sql volatile as $$
  select exists (select from pg_locks where locktype = 'relation' and pid is null and mode = 'RowExclusiveLock'
    and relation = 'events'::regclass and database = (select oid from pg_database where datname = current_database()))
$$;

-- Whether the last row has a position that this server has not reached: then another one has written it. Rows of the
-- transaction that asks are its own.
create function log_is_ahead(current_epoch integer) returns boolean language sql volatile as $$
  select coalesce((
    select epoch > current_epoch or (
      epoch = current_epoch and xid >= pg_snapshot_xmax(pg_current_snapshot()) and xid <> pg_current_xact_id()
    ) from events order by epoch desc, xid desc, seq desc limit 1
  ), false)
$$;

-- The epoch that readers compare with. On a server that has not written yet, every row is of an earlier one.
create function current_log_epoch() returns integer language sql stable as $$
  select case
    when server_started_at = pg_postmaster_start_time() or pg_is_in_recovery() or log_has_prepared_events() then epoch
    else epoch + 1
  end from log_epoch
$$;

-- What was answered to a request, for when it is sent again

create table receipts (
  organization_id uuid not null references organizations (id),
  caller_id uuid not null,
  key text not null,
  fingerprint text not null,
  status integer not null,
  body text not null,
  location text,
  etag text,
  created_at timestamptz(3) not null
);
create index receipts_age on receipts (created_at);
-- What a receipt is about: the id that its answer begins with.
create index receipts_about on receipts (substring(body from '"id":"([^"]+)"'));
alter table receipts add constraint receipts_caller_key primary key (caller_id, key);

-- A closed account gets no receipts.
create function receipts_caller_guard() returns trigger language plpgsql as $$
declare
  closed timestamptz;
begin
  select erased_at into closed from users where id = new.caller_id for share;
  if closed is not null then
    raise exception 'the caller is erased' using errcode = '23514', constraint = 'users_erased';
  end if;
  return new;
end $$;
create trigger receipts_caller_guard before insert on receipts
  for each row execute function receipts_caller_guard();

create table settings (name text primary key, value text not null);

-- Refusals, counted per caller, code and minute, so that nobody fills the disk by asking again. With the events they are
-- the audit.

create table refusals (
  id uuid not null,
  organization_id uuid not null references organizations (id),
  actor_id uuid,
  code text not null,
  data jsonb not null,
  time timestamptz(3) not null
);
create index refusals_by_time on refusals (organization_id, time, id);
create index refusals_of_actor on refusals (actor_id, time, id) where actor_id is not null;
alter table refusals add primary key (id);

-- Events and refusals are only ever added. There are two exceptions. The erasure of a person, which declares itself for
-- its own transaction, may change the words of an event, but not what happened, when, to what and in which order. And
-- the log of a demo organization may be deleted.
create function append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('booking.erasing', true) = 'on'
    and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
    return new;
  end if;
  if tg_op = 'DELETE' and (select demo from organizations where id = old.organization_id) then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '55000', constraint = 'append_only';
end $$;
create trigger events_append_only before update or delete on events for each row execute function append_only();
create trigger refusals_append_only before update or delete on refusals for each row execute function append_only();
create trigger events_keep before truncate on events for each statement execute function append_only();
create trigger refusals_keep before truncate on refusals for each statement execute function append_only();

-- Refusals that were counted before an account was closed may be written after it.
create function refusals_of_erased() returns trigger language plpgsql as $$
declare
  closed timestamptz;
begin
  select erased_at into closed from users where id = new.actor_id for share;
  if closed is not null then
    new.data := new.data || '{"ip": "[erased]"}';
  end if;
  return new;
end $$;
create trigger refusals_of_erased before insert on refusals for each row
  when (new.actor_id is not null) execute function refusals_of_erased();

-- Erasure

-- Which bookings have ever named an address among their attendees: erasing a person finds them here, and reads nobody
-- else's bookings. A row goes when the booking and its events no longer name the address.
create table mentions (
  organization_id uuid not null references organizations (id),
  address text not null,
  booking_id uuid not null references bookings (id) on delete cascade
);
create index mentions_of_address on mentions (organization_id, address);
alter table mentions add primary key (booking_id, address);

-- Records whom a booking names. A person whose account is being closed can't be named any more, so that erasing them
-- ends.
create function bookings_mention() returns trigger language plpgsql as $$
declare
  named text[];
  person record;
begin
  select array_agg(distinct lower(attendee ->> 'email')) into named
    from jsonb_array_elements(new.attendees) as attendee
    where tg_op = 'INSERT'
      or not old.attendees @> jsonb_build_array(jsonb_build_object('email', attendee -> 'email'));
  if named is null then
    return null;
  end if;
  for person in select erased_at from users
    where organization_id = new.organization_id and email = any (named) order by id for share
  loop
    if person.erased_at is not null then
      raise exception 'an attendee is erased' using errcode = '23514', constraint = 'bookings_attendee_erased';
    end if;
  end loop;
  insert into mentions (organization_id, address, booking_id)
    select new.organization_id, address, new.id from unnest(named) as address
    on conflict do nothing;
  return null;
end $$;
create trigger bookings_mention after insert on bookings for each row
  when (new.attendees <> '[]') execute function bookings_mention();
create trigger bookings_mention_more after update of attendees on bookings for each row
  when (new.attendees <> '[]' and new.attendees <> old.attendees) execute function bookings_mention();

-- The address of an erased person is not an email address, so nobody can register it.
create function users_placeholder() returns trigger language plpgsql as $$
begin
  raise exception 'this address is reserved' using errcode = '23505', constraint = 'users_email_key';
end $$;
create trigger users_placeholder before insert on users for each row
  when (new.email like 'erased:%') execute function users_placeholder();

-- A closed account stays closed, and nothing about the person comes back.
create function users_erased_guard() returns trigger language plpgsql as $$
begin
  if new.erased_at is distinct from old.erased_at or new.calendar_id <> old.calendar_id
    or new.role not in (old.role, 'user') or new.status not in (old.status, 'disabled')
    or (new.password_hash is not null and new.password_hash is distinct from old.password_hash)
    or new.name not in (old.name, '[erased]')
    or new.email not in (old.email, 'erased:' || old.id)
    or (new.external_id is not null and new.external_id is distinct from old.external_id)
    or (new.email_verified_at is not null and new.email_verified_at is distinct from old.email_verified_at)
    or (old.redacted_at is not null and new.redacted_at is distinct from old.redacted_at) then
    raise exception 'the account is erased' using errcode = '23514', constraint = 'users_erased';
  end if;
  -- "Redacted" is a promise: no booking ahead, none with its owner's words, none that names the address.
  if new.redacted_at is not null and old.redacted_at is null and (
    exists (
      select 1 from bookings where owner_id = new.id
        and (title <> '[erased]' or (status <> 'cancelled' and end_time > new.redacted_at))
    ) or exists (select 1 from mentions where organization_id = old.organization_id and address = old.email)
  ) then
    raise exception 'traces are left' using errcode = '23514', constraint = 'users_unredacted';
  end if;
  return new;
end $$;
create trigger users_erased_guard before update on users for each row
  when (old.erased_at is not null) execute function users_erased_guard();
