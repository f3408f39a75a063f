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
-- credentials comes wholly before, and is noticed, or wholly after. It is one that a change of the same row can follow.
create function has_credentials(person uuid, generation integer) returns boolean language plpgsql as $$
begin
  perform from users where id = person and credential_generation = generation for no key update;
  if not found then
    raise exception 'the credentials have changed' using errcode = '23514', constraint = 'users_credentials';
  end if;
  return true;
end $$;
