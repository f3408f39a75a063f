-- What was refused, counted per caller, code and minute: nobody fills the disk by asking again.
create table refusals (
  id text primary key,
  organization_id text not null references organizations (id),
  actor_id text,
  code text not null,
  data text not null check (json_valid(data)),
  time integer not null
) strict;

-- Holds a row while a person is erased, and in that transaction alone.
create table erasing (one integer primary key check (one = 1)) strict;

-- Events and refusals are only ever added. The one exception is the erasure of a person, which may change what an
-- event tells, but not what happened, when, to what and in which order.
create trigger events_append_only before update on events
when not exists (select 1 from erasing) or (
  new.seq, new.id, new.organization_id, new.subject_type, new.subject_id, new.version, new.type, new.actor_id,
  new.owner_id, new.resource_id, new.previous_resource_id, new.time
) is not (
  old.seq, old.id, old.organization_id, old.subject_type, old.subject_id, old.version, old.type, old.actor_id,
  old.owner_id, old.resource_id, old.previous_resource_id, old.time
) begin
  select raise(abort, 'append_only');
end;
create trigger events_keep before delete on events begin
  select raise(abort, 'append_only');
end;
create trigger refusals_append_only before update on refusals
when not exists (select 1 from erasing)
  or (new.id, new.organization_id, new.actor_id, new.code, new.time)
    is not (old.id, old.organization_id, old.actor_id, old.code, old.time) begin
  select raise(abort, 'append_only');
end;
create trigger refusals_keep before delete on refusals begin
  select raise(abort, 'append_only');
end;

create view audit as
  select id, organization_id, time, type, subject_type, subject_id, actor_id, data from events where version is not null
  union all
  select id, organization_id, time, 'request.refused', null, null, actor_id, data from refusals;

-- When a person asked to be forgotten, and when the last of it was redacted.
alter table users add column erased_at integer;
alter table users add column redacted_at integer;
create index users_to_redact on users (erased_at) where erased_at is not null and redacted_at is null;
