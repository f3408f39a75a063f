-- loses when all sessions of a person ended at once: select count(*) from users where credential_generation > 1
-- What a generation ended stays ended.
update sessions set ended_at = cast(unixepoch('subsec') * 1000 as integer), end_reason = 'logout'
where ended_at is null
  and credential_generation <> (select credential_generation from users where users.id = sessions.user_id);
drop index sessions_expiry;
drop index sessions_of_user;
create index sessions_open on sessions (user_id) where ended_at is null;
alter table sessions drop column credential_generation;
alter table users drop column credential_generation;
