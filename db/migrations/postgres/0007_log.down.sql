-- loses which server was the last to write to the log: select count(*) from log_epoch
alter table events alter column epoch set default current_log_epoch();
drop function writable_log_epoch();
drop function log_is_ahead(integer);
create or replace function current_log_epoch() returns integer language sql stable as 'select epoch from log_epoch';
drop function log_has_prepared_events();
alter table log_epoch drop column server_started_at;
