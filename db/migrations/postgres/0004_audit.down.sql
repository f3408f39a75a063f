-- loses counts of what was refused: select count(*) from refusals
-- loses when people were erased: select count(*) from users where erased_at is not null
alter table users drop column erased_at, drop column redacted_at;
drop view audit;
drop table refusals;
drop trigger events_append_only on events;
drop trigger events_keep on events;
drop function append_only();
