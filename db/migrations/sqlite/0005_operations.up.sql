-- The trace in which a delivery was planned (W3C traceparent): its sending goes on in it.
alter table reminders add column trace_parent text;
alter table mails add column trace_parent text;

-- What runs at an instant began within the day before it, or is one of the few that are longer.
create index bookings_long on bookings (organization_id, start_time, id) where end_time - start_time > 86400000;

-- An organization of demo data may be taken away again as a whole, its log too; nothing else ever may. What it is, is
-- said when it is made.
alter table organizations add column demo integer not null default 0 check (demo in (0, 1));
create trigger organizations_guard before update of demo on organizations when old.demo <> new.demo begin
  select raise(abort, 'organizations_demo');
end;

drop trigger events_keep;
create trigger events_keep before delete on events
when not exists (select 1 from organizations where id = old.organization_id and demo) begin
  select raise(abort, 'append_only');
end;
drop trigger refusals_keep;
create trigger refusals_keep before delete on refusals
when not exists (select 1 from organizations where id = old.organization_id and demo) begin
  select raise(abort, 'append_only');
end;
