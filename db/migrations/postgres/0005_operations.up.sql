-- The trace in which a delivery was planned (W3C traceparent): its sending goes on in it.
alter table reminders add column trace_parent text;
alter table mails add column trace_parent text;

-- What runs at an instant began within the day before it, or is one of the few that are longer.
create index bookings_long on bookings (organization_id, start_time, id)
  where end_time - start_time > interval '1 day';

-- An organization of demo data may be taken away again as a whole, its log too; nothing else ever may. What it is, is
-- said when it is made.
alter table organizations add column demo boolean not null default false;
create function organizations_guard() returns trigger language plpgsql as $$
begin
  raise exception 'demo never changes' using errcode = '55000', constraint = 'organizations_demo';
end $$;
create trigger organizations_guard before update of demo on organizations
  for each row when (old.demo <> new.demo) execute function organizations_guard();

create or replace function append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('booking.erasing', true) = 'on'
    and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
    return new;
  end if;
  if tg_op = 'DELETE' and (select demo from organizations where id = old.organization_id) then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '55000', constraint = 'append_only';
end $$;
