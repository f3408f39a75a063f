-- What was refused, counted per caller, code and minute: nobody fills the disk by asking again.
create table refusals (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  actor_id uuid,
  code text not null,
  data jsonb not null,
  time timestamptz(3) not null
);

-- Events and refusals are only ever added. The one exception is the erasure of a person, which says so for its own
-- transaction, and then may change what an event tells, but not what happened, when, to what and in which order.
create function append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('booking.erasing', true) = 'on'
    and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '55000', constraint = 'append_only';
end $$;
create trigger events_append_only before update or delete on events for each row execute function append_only();
create trigger refusals_append_only before update or delete on refusals for each row execute function append_only();
create trigger events_keep before truncate on events for each statement execute function append_only();
create trigger refusals_keep before truncate on refusals for each statement execute function append_only();

create view audit as
  select id, organization_id, time, type, subject_type, subject_id, actor_id, data from events where version is not null
  union all
  select id, organization_id, time, 'request.refused', null, null, actor_id, data from refusals;

-- When a person asked to be forgotten, and when the last of it was redacted.
alter table users add column erased_at timestamptz(3), add column redacted_at timestamptz(3);
create index users_to_redact on users (erased_at) where erased_at is not null and redacted_at is null;
