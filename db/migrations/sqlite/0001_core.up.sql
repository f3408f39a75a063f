-- Instants are milliseconds since 1970, UTC. JSON is text.

-- Organizations. Every other row belongs to one.

create table organizations (
  id text primary key,
  slug text not null unique,
  name text not null,
  -- Demo data may be removed as a whole, its log included; nothing else ever may.
  demo integer not null default 0 check (demo in (0, 1)),
  created_at integer not null
) strict;

create trigger organizations_guard before update of demo on organizations when old.demo <> new.demo begin
  select raise(abort, 'organizations_demo');
end;

-- People, their sessions, and keys for services

create table users (
  id text primary key,
  organization_id text not null references organizations (id),
  email text not null unique,
  name text not null,
  role text not null check (role in ('user', 'admin')),
  status text not null check (status in ('active', 'disabled')),
  password_hash text,
  -- Whatever ends all sessions of a person raises it; a session of an earlier generation is over.
  credential_generation integer not null default 1,
  email_verified_at integer,
  -- When a person asked to be forgotten, and when the last of it was redacted.
  erased_at integer,
  redacted_at integer,
  external_id text,
  calendar_id text not null,
  version integer not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index users_page on users (organization_id, created_at, id);
create index users_to_redact on users (erased_at) where erased_at is not null and redacted_at is null;

create trigger users_guard before update of role, status on users
when old.role = 'admin' and old.status = 'active' and (new.role <> 'admin' or new.status <> 'active') begin
  select raise(abort, 'users_last_admin') where not exists (
    select 1 from users
    where organization_id = new.organization_id and id <> new.id and role = 'admin' and status = 'active'
  );
end;

create table sessions (
  id text primary key,
  organization_id text not null references organizations (id),
  user_id text not null references users (id),
  credential_generation integer not null default 1,
  generation integer not null,
  rotated_at integer not null,
  ended_at integer,
  end_reason text,
  version integer not null,
  created_at integer not null
) strict;
-- The sessions of one person, in the order in which they are listed: all of them, and those that count.
create index sessions_by_creation on sessions (user_id, created_at, id);
create index sessions_of_user on sessions (user_id, credential_generation, created_at, id);
-- Sessions that no token can revive are purged from this end.
create index sessions_expiry on sessions (rotated_at);

-- Only a hash of the secret is kept.
create table api_keys (
  id text primary key,
  organization_id text not null references organizations (id),
  name text not null,
  scopes text not null check (json_valid(scopes)),
  secret_hash text not null,
  created_by text,
  expires_at integer,
  last_used_at integer,
  revoked_at integer,
  version integer not null,
  created_at integer not null
) strict;
create index api_keys_page on api_keys (organization_id, created_at, id);

-- Resources

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
  -- Raised by every change that may narrow when the resource is open.
  rules_version integer not null default 1,
  version integer not null,
  deleted_at integer,
  created_at integer not null,
  updated_at integer not null,
  check (kind <> 'calendar' or (owner_id is not null and capacity = 1))
) strict;
create index resources_page on resources (organization_id, created_at, id) where deleted_at is null;

-- Bookings

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
  reminders text not null default '[]' check (json_valid(reminders)),
  version integer not null,
  cancellation_reason text,
  cancelled_at integer,
  created_at integer not null,
  updated_at integer not null
) strict;
create index bookings_of_owner_by_start on bookings (owner_id, start_time, id);
create index bookings_of_owner_by_creation on bookings (owner_id, created_at, id);
create index bookings_of_resource on bookings (resource_id, start_time, id);
-- The end is in the index too: a booking that began before an interval and is over by then is skipped without a look
-- at its row.
create index bookings_by_start on bookings (organization_id, start_time, id, end_time);
create index bookings_by_creation on bookings (organization_id, created_at, id);
-- What runs at an instant began within the day before it, or is one of the few that are longer.
create index bookings_long on bookings (organization_id, start_time, id) where end_time - start_time > 86400000;

-- An owner whose account is closed gets no bookings and moves none; existing ones can be cancelled, and lose their
-- words.
create trigger bookings_owner_guard_insert before insert on bookings begin
  select raise(abort, 'bookings_owner_erased') from users where id = new.owner_id and erased_at is not null;
end;
create trigger bookings_owner_guard_update before update on bookings begin
  select raise(abort, 'bookings_owner_erased') from users
  where id = new.owner_id and erased_at is not null and not (
    new.owner_id = old.owner_id
    and (new.status = 'cancelled' or (new.status, new.resource_id, new.start_time, new.end_time, new.quantity)
      is (old.status, old.resource_id, old.start_time, old.end_time, old.quantity))
    and new.title in (old.title, '[erased]')
    and (new.description is null or new.description is old.description)
    and (new.location is null or new.location is old.location)
    and not exists (
      select 1 from json_each(new.attendees) as kept
      where not exists (select 1 from json_each(old.attendees) as was where was.value = kept.value)
    )
    and new.metadata in (old.metadata, '{}')
    and (new.cancellation_reason is null or new.cancellation_reason is old.cancellation_reason)
  );
end;

-- Claims: which resource is taken when, and by how much. The id is the booking's; a booking may have several parts.

create table claims (
  id text not null references bookings (id),
  part integer not null check (part >= 0),
  organization_id text not null references organizations (id),
  resource_id text not null references resources (id),
  start_time integer not null,
  end_time integer not null,
  quantity integer not null check (quantity >= 1),
  blocking integer not null check (blocking in (0, 1)),
  -- When a hold stops counting; null for a claim for good.
  expires_at integer,
  -- When the claim was decided, by the clock of the process that decided it.
  decided_at integer not null,
  -- The version of the resource's rules that it was decided on; null where no rules applied.
  rules_version integer,
  primary key (id, part),
  constraint claims_interval check (end_time > start_time and end_time - start_time <= 31622400000)
) strict, without rowid;
create index claims_blocking on claims (resource_id, start_time, end_time, quantity) where blocking;
-- A claim runs at an instant if it began within the day before it, or is one of the few that are longer.
create index claims_long on claims (resource_id, start_time, end_time)
  where blocking and end_time - start_time > 86400000;

-- How much of a resource is taken: `taken` from `since` until the next row. It is the sum of the blocking claims, kept
-- by their triggers. Equal neighbors are one row, so the cost of a booking, or of finding out when a resource is free,
-- does not depend on how many bookings fill it.
create table occupancy (
  resource_id text not null,
  since integer not null,
  taken integer not null,
  primary key (resource_id, since)
) strict, without rowid;

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

-- For claims written by hand, the same as the guards of a booking's owner.
create trigger claims_owner_guard_insert before insert on claims when new.blocking begin
  select raise(abort, 'bookings_owner_erased') from bookings join users on users.id = bookings.owner_id
  where bookings.id = new.id and users.erased_at is not null;
end;
create trigger claims_owner_guard_update before update on claims
when new.blocking and (not old.blocking or (new.id, new.resource_id, new.start_time, new.end_time, new.quantity)
  is not (old.id, old.resource_id, old.start_time, old.end_time, old.quantity)) begin
  select raise(abort, 'bookings_owner_erased') from bookings join users on users.id = bookings.owner_id
  where bookings.id = new.id and users.erased_at is not null;
end;

-- `insert or replace` would drop the old row and call no trigger, so what it took would never be given back.
create trigger claims_guard_replace before insert on claims
when exists (select 1 from claims where id = new.id and part = new.part) begin
  select raise(abort, 'UNIQUE constraint failed: claims.id, claims.part');
end;
create trigger claims_keep_key before update of id, part on claims when (new.id, new.part) is not (old.id, old.part) begin
  select raise(abort, 'a claim keeps its id');
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

-- What ended before the change is history: it limits neither the capacity nor a deletion.
create trigger resources_guard_deletion before update of deleted_at on resources
when new.deleted_at is not null and old.deleted_at is null begin
  select raise(abort, 'resources_in_use') where exists (
    select 1 from occupancy where resource_id = new.id and since > new.deleted_at
  );
end;
create trigger resources_guard_replace before insert on resources
when exists (select 1 from resources where id = new.id) begin
  select raise(abort, 'UNIQUE constraint failed: resources.id');
end;
create trigger resources_guard_capacity before update of capacity on resources
when new.capacity < old.capacity begin
  select raise(abort, 'resources_in_use') where exists (
    select 1 from occupancy where resource_id = new.id and taken > new.capacity and since >= coalesce(
      (select max(since) from occupancy where resource_id = new.id and since <= new.updated_at), new.updated_at)
  );
end;

-- The ledger of everything timed: one row for each task. `subject_id` is what it is about: a booking, a link.
-- `attempt_at` is when to look at it next, and null when nothing is left to do. `trace_parent` is the trace that planned
-- it (W3C traceparent), which doing it continues.
create table tasks (
  id text primary key,
  organization_id text not null references organizations (id),
  kind text not null,
  subject_id text not null,
  key text not null,
  state text not null check (state in ('scheduled', 'leased', 'done', 'skipped', 'voided', 'failed')),
  reason text,
  due_at integer not null,
  attempts integer not null,
  attempt_at integer,
  queued_at integer,
  done_at integer,
  data text not null check (json_valid(data)),
  trace_parent text,
  created_at integer not null,
  updated_at integer not null,
  unique (subject_id, kind, key),
  check ((state in ('scheduled', 'leased')) = (attempt_at is not null))
) strict;
create index tasks_open on tasks (kind, attempt_at) where attempt_at is not null;
create index tasks_done on tasks (kind, done_at) where done_at is not null;
create index tasks_failed on tasks (due_at) where state = 'failed';
create index tasks_skipped on tasks (kind) where state = 'skipped';

-- Links that are mailed about an account. Each works once.
create table links (
  id text primary key,
  organization_id text not null references organizations (id),
  user_id text not null references users (id),
  purpose text not null check (purpose in ('verify_email', 'reset_password')),
  expires_at integer not null,
  used_at integer,
  created_at integer not null
) strict;
create index links_of_user on links (user_id);
create index links_unused on links (user_id) where used_at is null;

-- The log

create table events (
  -- One writer at a time makes this the order of commits.
  seq integer primary key autoincrement,
  id text not null unique,
  organization_id text not null references organizations (id),
  subject_type text not null,
  subject_id text not null,
  -- Null for an event that changes no state, like a reminder that was sent.
  version integer,
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
-- The audit is read one organization at a time, in the order of time. It leaves out events without a version, and
-- may be asked for one type: the index itself shows both.
create index events_by_time on events (organization_id, time, id, version, type);
-- What one person or key did, in the same order.
create index events_of_actor on events (actor_id, time, id) where actor_id is not null;
-- Admins poll their organization's bookings, without walking past the events of other organizations.
create index events_of_organization on events (organization_id, seq) where subject_type = 'booking';

-- Positions begin at the microseconds since 1970, and some more: 100,000,000,000 that the same log may reach elsewhere
-- before a copy of it begins, and a random part that keeps logs apart that begin at the same moment.
insert into sqlite_sequence (name, seq) select 'events',
  cast(unixepoch('subsec') * 1000 as integer) * 1000 + 100000000000 + abs(random() % 100000000000);

-- What was answered to a request, for when it is sent again

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
-- What a receipt is about: the id of its answer.
create index receipts_about on receipts (case when json_valid(body) then json_extract(body, '$.id') end);

-- A closed account gets no receipts.
create trigger receipts_caller_guard before insert on receipts begin
  select raise(abort, 'users_erased') from users where id = new.caller_id and erased_at is not null;
end;

create table settings (name text primary key, value text not null) strict;

-- Refusals, counted per caller, code and minute, so that nobody fills the disk by asking again. With the events they are
-- the audit.

create table refusals (
  id text primary key,
  organization_id text not null references organizations (id),
  actor_id text,
  code text not null,
  data text not null check (json_valid(data)),
  time integer not null
) strict;
create index refusals_by_time on refusals (organization_id, time, id);
create index refusals_of_actor on refusals (actor_id, time, id) where actor_id is not null;

-- Holds a row while a person is erased, and only in that transaction.
create table erasing (one integer primary key check (one = 1)) strict;

-- Events and refusals are only ever added. There are two exceptions. The erasure of a person may change the words of an
-- event, but not what happened, when, to what and in which order. And the log of a demo organization may be deleted.
create trigger events_append_only before update on events
when not exists (select 1 from erasing) or (
  new.seq, new.id, new.organization_id, new.subject_type, new.subject_id, new.version, new.type, new.actor_id,
  new.owner_id, new.resource_id, new.previous_resource_id, new.time
) is not (
  old.seq, old.id, old.organization_id, old.subject_type, old.subject_id, old.version, old.type, old.actor_id,
  old.owner_id, old.resource_id, old.previous_resource_id, old.time
) begin
  select raise(abort, 'append_only');
end;
create trigger events_keep before delete on events
when not exists (select 1 from organizations where id = old.organization_id and demo) begin
  select raise(abort, 'append_only');
end;
create trigger refusals_append_only before update on refusals
when not exists (select 1 from erasing)
  or (new.id, new.organization_id, new.actor_id, new.code, new.time)
    is not (old.id, old.organization_id, old.actor_id, old.code, old.time) begin
  select raise(abort, 'append_only');
end;
create trigger refusals_keep before delete on refusals
when not exists (select 1 from organizations where id = old.organization_id and demo) begin
  select raise(abort, 'append_only');
end;

-- Refusals that were counted before an account was closed may be written after it.
create trigger refusals_of_erased after insert on refusals
when exists (select 1 from users where id = new.actor_id and erased_at is not null) begin
  insert into erasing (one) values (1);
  update refusals set data = json_set(data, '$.ip', '[erased]') where id = new.id;
  delete from erasing;
end;

-- Erasure

-- Which bookings have ever named an address among their attendees: erasing a person finds them here, and reads nobody
-- else's bookings. A row goes when the booking and its events no longer name the address.
create table mentions (
  organization_id text not null references organizations (id),
  address text not null,
  booking_id text not null references bookings (id) on delete cascade,
  primary key (booking_id, address)
) strict;
create index mentions_of_address on mentions (organization_id, address);

-- Records whom a booking names. A person whose account is being closed can't be named any more, so that erasing them
-- ends.
create trigger bookings_mention after insert on bookings when new.attendees <> '[]' begin
  select raise(abort, 'bookings_attendee_erased')
  from json_each(new.attendees) as attendee join users on users.email = lower(json_extract(attendee.value, '$.email'))
  where users.organization_id = new.organization_id and users.erased_at is not null;
  insert or ignore into mentions (organization_id, address, booking_id)
    select new.organization_id, lower(json_extract(attendee.value, '$.email')), new.id
    from json_each(new.attendees) as attendee;
end;
create trigger bookings_mention_more after update of attendees on bookings
when new.attendees <> '[]' and new.attendees <> old.attendees begin
  select raise(abort, 'bookings_attendee_erased')
  from json_each(new.attendees) as attendee join users on users.email = lower(json_extract(attendee.value, '$.email'))
  where users.organization_id = new.organization_id and users.erased_at is not null
    and not exists (
      select 1 from json_each(old.attendees) as was
      where json_extract(was.value, '$.email') = json_extract(attendee.value, '$.email')
    );
  insert or ignore into mentions (organization_id, address, booking_id)
    select new.organization_id, lower(json_extract(attendee.value, '$.email')), new.id
    from json_each(new.attendees) as attendee
    where not exists (
      select 1 from json_each(old.attendees) as was
      where json_extract(was.value, '$.email') = json_extract(attendee.value, '$.email')
    );
end;

-- The address of an erased person is not an email address, so nobody can register it.
create trigger users_placeholder before insert on users when new.email like 'erased:%' begin
  select raise(abort, 'users_email_key');
end;

-- A closed account stays closed, and nothing about the person comes back. "Redacted" is a promise: no booking ahead,
-- none with its owner's words, none that names the address.
create trigger users_erased_guard before update on users when old.erased_at is not null begin
  select raise(abort, 'users_erased')
  where new.erased_at is not old.erased_at or new.calendar_id <> old.calendar_id
    or new.role not in (old.role, 'user') or new.status not in (old.status, 'disabled')
    or (new.password_hash is not null and new.password_hash is not old.password_hash)
    or new.name not in (old.name, '[erased]')
    or new.email not in (old.email, 'erased:' || old.id)
    or (new.external_id is not null and new.external_id is not old.external_id)
    or (new.email_verified_at is not null and new.email_verified_at is not old.email_verified_at)
    or (old.redacted_at is not null and new.redacted_at is not old.redacted_at);
  select raise(abort, 'users_unredacted')
  where new.redacted_at is not null and old.redacted_at is null and (
    exists (
      select 1 from bookings where owner_id = new.id
        and (title <> '[erased]' or (status <> 'cancelled' and end_time > new.redacted_at))
    ) or exists (select 1 from mentions where organization_id = old.organization_id and address = old.email)
  );
end;
