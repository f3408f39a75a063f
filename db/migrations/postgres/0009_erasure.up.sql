-- Which bookings have ever named an address among their attendees: erasing a person finds them here, and reads no
-- one else's bookings. A row goes when the booking and its events no longer name the address.
create table mentions (
  organization_id uuid not null references organizations (id),
  address text not null,
  booking_id uuid not null references bookings (id) on delete cascade,
  constraint mentions_pkey primary key (booking_id, address)
);
create index mentions_of_address on mentions (organization_id, address);
insert into mentions (organization_id, address, booking_id)
  select events.organization_id, lower(attendee ->> 'email'), bookings.id
  from events
  join bookings on bookings.id = events.subject_id
  cross join lateral jsonb_array_elements(
    case jsonb_typeof(events.data #> '{booking,attendees}')
      when 'array' then events.data #> '{booking,attendees}' else '[]' end) as attendee
  where events.subject_type = 'booking'
  union
  select organization_id, lower(attendee ->> 'email'), id
  from bookings cross join lateral jsonb_array_elements(attendees) as attendee;

-- What a receipt is about: the id that its answer begins with.
create index receipts_about on receipts (substring(body from '"id":"([^"]+)"'));
create index refusals_of_actor on refusals (actor_id) where actor_id is not null;
create index mails_of_user on mails (user_id);

-- Mail servers repeat addresses in their answers. New reasons leave them out.
update reminders set reason = regexp_replace(reason, '[^\s<>"'',;:]+@[^\s<>"'',;:]+', '[address]', 'g')
  where reason like '%@%';
update mails set reason = regexp_replace(reason, '[^\s<>"'',;:]+@[^\s<>"'',;:]+', '[address]', 'g')
  where reason like '%@%';

-- The address of an erased person is not an email address, so nobody can register it.
-- Earlier versions marked some too soon: all are looked at again.
update users set email = 'erased:' || id, redacted_at = null where redacted_at is not null;

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

-- Whose account is closed makes no bookings and moves none; they can be cancelled, and lose their words. The lock is
-- what closing an account conflicts with: it waits for bookings under way, and those after it see it, or fail at
-- REPEATABLE READ.
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

-- The same for claims that are written by hand. The claim of a new booking comes before its booking, and is guarded there.
create function claims_owner_guard() returns trigger language plpgsql as $$
declare
  closed timestamptz;
begin
  select users.erased_at into closed from bookings join users on users.id = bookings.owner_id
    where bookings.id = new.id for share of users;
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

-- Notes whom a booking names. Whose account is being closed is not named any more, so that erasing them ends.
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

-- No answer is kept for whose account is closed.
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

-- What was counted before an account was closed may be written after it.
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

-- For commits that say what a booking was, and don't write it: locks the bookings, and refuses when one has changed.
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
