-- breaking: an older program goes on with sessions that a new password has ended
-- Whatever ends all sessions of a person raises the generation of their credentials; a session of an earlier one is over.
alter table users add column credential_generation integer not null default 1;
alter table sessions add column credential_generation integer not null default 1;

-- The sessions of one person, in the order in which they are listed.
drop index sessions_open;
create index sessions_of_user on sessions (user_id, credential_generation, created_at, id);
-- Those that no token can bring back are purged from this end.
create index sessions_expiry on sessions (rotated_at);

-- What somebody may do is decided before the commit. The lock makes it still true at the commit: a change of their
-- credentials comes wholly before, and is noticed, or wholly after. Only who is changed is locked against those who read
-- them: bookings hold their owner and attendees for share, in an order of their own.
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
