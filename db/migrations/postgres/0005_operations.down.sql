-- loses which organizations are demo data: select count(*) from organizations where demo
-- loses of deliveries the trace: select count(*) from reminders where trace_parent is not null
create or replace function append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('booking.erasing', true) = 'on'
    and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '55000', constraint = 'append_only';
end $$;
drop trigger organizations_guard on organizations;
drop function organizations_guard();
alter table organizations drop column demo;
drop index bookings_long;
alter table mails drop column trace_parent;
alter table reminders drop column trace_parent;
