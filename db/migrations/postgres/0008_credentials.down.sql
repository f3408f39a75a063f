-- loses when all sessions of a person ended at once: select count(*) from users where credential_generation > 1
drop function hold_person(uuid, integer, boolean);
-- What a generation ended stays ended.
update sessions set ended_at = now(), end_reason = 'logout'
from users
where users.id = sessions.user_id and sessions.ended_at is null
  and sessions.credential_generation <> users.credential_generation;
drop index sessions_expiry;
drop index sessions_of_user;
create index sessions_open on sessions (user_id) where ended_at is null;
alter table sessions drop column credential_generation;
alter table users drop column credential_generation;
