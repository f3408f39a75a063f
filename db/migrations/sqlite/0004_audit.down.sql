-- loses counts of what was refused: select count(*) from refusals
-- loses when people were erased: select count(*) from users where erased_at is not null
drop index users_to_redact;
alter table users drop column erased_at;
alter table users drop column redacted_at;
drop view audit;
drop table refusals;
drop trigger events_append_only;
drop trigger events_keep;
drop table erasing;
