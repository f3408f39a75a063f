-- Bookings made before this have no reminders, and their events tell of none.
alter table bookings add column reminders jsonb not null default '[]';

-- An event that changes no state, a reminder sent, has no version.
alter table events alter column version drop not null;

alter table users add column email_verified_at timestamptz(3);

-- The ledger of reminders: one row for each message, by the version of the booking at which it was planned.
-- attempt_at is when to look at it next, and null when nothing is left to do.
create table reminders (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  booking_id uuid not null references bookings (id),
  booking_version integer not null,
  channel text not null,
  minutes_before integer not null check (minutes_before between 0 and 40320),
  status text not null check (status in ('scheduled', 'sending', 'sent', 'skipped', 'voided', 'failed')),
  reason text,
  due_at timestamptz(3) not null,
  attempts integer not null,
  attempt_at timestamptz(3),
  queued_at timestamptz(3),
  sent_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  constraint reminders_rule unique (booking_id, booking_version, minutes_before, channel),
  check ((status in ('scheduled', 'sending')) = (attempt_at is not null))
) with (fillfactor = 80);
create index reminders_open on reminders (attempt_at) where attempt_at is not null;
create index reminders_sent on reminders (sent_at) where sent_at is not null;
create index reminders_failed on reminders (due_at) where status = 'failed';
create index reminders_skipped on reminders (due_at) where status = 'skipped';

-- Mails about an account, each with a link that works once. The ledger is kept like that of the reminders.
create table mails (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  purpose text not null check (purpose in ('verify_email', 'reset_password')),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  status text not null check (status in ('scheduled', 'sending', 'sent', 'skipped', 'voided', 'failed')),
  reason text,
  due_at timestamptz(3) not null,
  attempts integer not null,
  attempt_at timestamptz(3),
  queued_at timestamptz(3),
  sent_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((status in ('scheduled', 'sending')) = (attempt_at is not null))
);
create index mails_open on mails (attempt_at) where attempt_at is not null;
create index mails_unused on mails (user_id) where used_at is null;
create index mails_failed on mails (due_at) where status = 'failed';
