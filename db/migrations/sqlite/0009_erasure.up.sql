-- Which bookings have ever named an address among their attendees: erasing a person finds them here, and reads no
-- one else's bookings. A row goes when the booking and its events no longer name the address.
create table mentions (
  organization_id text not null references organizations (id),
  address text not null,
  booking_id text not null references bookings (id) on delete cascade,
  primary key (booking_id, address)
) strict;
create index mentions_of_address on mentions (organization_id, address);
insert into mentions (organization_id, address, booking_id)
  select events.organization_id, lower(json_extract(attendee.value, '$.email')), bookings.id
  from events
  join bookings on bookings.id = events.subject_id
  join json_each(events.data, '$.booking.attendees') as attendee
  where events.subject_type = 'booking'
  union
  select organization_id, lower(json_extract(attendee.value, '$.email')), bookings.id
  from bookings join json_each(bookings.attendees) as attendee;

-- What a receipt is about: the id of its answer.
create index receipts_about on receipts (case when json_valid(body) then json_extract(body, '$.id') end);
create index refusals_of_actor on refusals (actor_id) where actor_id is not null;
create index mails_of_user on mails (user_id);

-- Mail servers repeat addresses in their answers. New reasons leave them out.
update reminders set reason = 'The answer named an address.' where reason like '%@%';
update mails set reason = 'The answer named an address.' where reason like '%@%';

-- The address of an erased person is not an email address, so nobody can register it.
-- Earlier versions marked some too soon: all are looked at again.
update users set email = 'erased:' || id, redacted_at = null where redacted_at is not null;
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

-- Whose account is closed makes no bookings and moves none; they can be cancelled, and lose their words.
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

-- The same for claims that are written by hand. The claim of a new booking comes before its booking, and is guarded there.
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

-- Notes whom a booking names. Whose account is being closed is not named any more, so that erasing them ends.
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

-- No answer is kept for whose account is closed.
create trigger receipts_caller_guard before insert on receipts begin
  select raise(abort, 'users_erased') from users where id = new.caller_id and erased_at is not null;
end;

-- What was counted before an account was closed may be written after it.
create trigger refusals_of_erased after insert on refusals
when exists (select 1 from users where id = new.actor_id and erased_at is not null) begin
  insert into erasing (one) values (1);
  update refusals set data = json_set(data, '$.ip', '[erased]') where id = new.id;
  delete from erasing;
end;
