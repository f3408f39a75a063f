-- Bookings made before this have no reminders, and their events tell of none.
alter table bookings add column reminders text not null default '[]' check (json_valid(reminders));

-- An event that changes no state, a reminder sent, has no version. SQLite changes a column by writing the table anew.
create table events_anew (
  -- One writer at a time makes this the order of commits.
  seq integer primary key autoincrement,
  id text not null unique,
  organization_id text not null references organizations (id),
  subject_type text not null,
  subject_id text not null,
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
insert into events_anew select * from events;
drop table events;
alter table events_anew rename to events;
create index events_of_owner on events (owner_id, seq) where owner_id is not null;
create index events_of_resource on events (resource_id, seq) where resource_id is not null;
create index events_of_previous_resource on events (previous_resource_id, seq)
  where previous_resource_id is not null;

alter table users add column email_verified_at integer;

-- The ledger of reminders: one row for each message, by the version of the booking at which it was planned.
-- attempt_at is when to look at it next, and null when nothing is left to do.
create table reminders (
  id text primary key,
  organization_id text not null references organizations (id),
  booking_id text not null references bookings (id),
  booking_version integer not null,
  channel text not null,
  minutes_before integer not null check (minutes_before between 0 and 40320),
  status text not null check (status in ('scheduled', 'sending', 'sent', 'skipped', 'voided', 'failed')),
  reason text,
  due_at integer not null,
  attempts integer not null,
  attempt_at integer,
  queued_at integer,
  sent_at integer,
  created_at integer not null,
  updated_at integer not null,
  unique (booking_id, booking_version, minutes_before, channel),
  check ((status in ('scheduled', 'sending')) = (attempt_at is not null))
) strict;
create index reminders_open on reminders (attempt_at) where attempt_at is not null;
create index reminders_sent on reminders (sent_at) where sent_at is not null;
create index reminders_failed on reminders (due_at) where status = 'failed';
create index reminders_skipped on reminders (due_at) where status = 'skipped';

-- Mails about an account, each with a link that works once. The ledger is kept like that of the reminders.
create table mails (
  id text primary key,
  organization_id text not null references organizations (id),
  user_id text not null references users (id),
  purpose text not null check (purpose in ('verify_email', 'reset_password')),
  expires_at integer not null,
  used_at integer,
  status text not null check (status in ('scheduled', 'sending', 'sent', 'skipped', 'voided', 'failed')),
  reason text,
  due_at integer not null,
  attempts integer not null,
  attempt_at integer,
  queued_at integer,
  sent_at integer,
  created_at integer not null,
  updated_at integer not null,
  check ((status in ('scheduled', 'sending')) = (attempt_at is not null))
) strict;
create index mails_open on mails (attempt_at) where attempt_at is not null;
create index mails_unused on mails (user_id) where used_at is null;
create index mails_failed on mails (due_at) where status = 'failed';
