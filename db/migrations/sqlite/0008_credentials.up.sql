-- breaking: an older program goes on with sessions that a new password has ended
-- Whatever ends all sessions of a person raises the generation of their credentials; a session of an earlier one is over.
alter table users add column credential_generation integer not null default 1;
alter table sessions add column credential_generation integer not null default 1;

-- The sessions of one person, in the order in which they are listed.
drop index sessions_open;
create index sessions_of_user on sessions (user_id, credential_generation, created_at, id);
-- Those that no token can bring back are purged from this end.
create index sessions_expiry on sessions (rotated_at);
