-- Widens the keys of the tables that hold an organization's data by its id, as Citus wants them: it can keep a key only where the
-- column that rows are distributed by is a part of it. Ids are unique by themselves (UUIDv7), so nothing is refused or let in
-- that was not before. Names stay, because the service knows the guards by them. See docs/scale.md.
begin;

alter table claims
  drop constraint claims_id_fkey,
  drop constraint claims_resource_id_fkey,
  drop constraint claims_no_overlap,
  drop constraint claims_pkey;
alter table reminders
  drop constraint reminders_booking_id_fkey,
  drop constraint reminders_rule,
  drop constraint reminders_pkey;
alter table bookings drop constraint bookings_resource_id_fkey, drop constraint bookings_pkey;
alter table resources drop constraint resources_pkey;
alter table events drop constraint events_subject_version, drop constraint events_pkey;
alter table receipts drop constraint receipts_caller_key;

alter table resources add constraint resources_pkey primary key (organization_id, id);
alter table bookings
  add constraint bookings_pkey primary key (organization_id, id),
  add constraint bookings_resource_id_fkey
    foreign key (organization_id, resource_id) references resources (organization_id, id);
-- A claim is written before its booking, in one statement. Citus has no deferred keys, so this one has no key to it.
alter table claims
  add constraint claims_pkey primary key (organization_id, id),
  add constraint claims_resource_id_fkey
    foreign key (organization_id, resource_id) references resources (organization_id, id),
  add constraint claims_no_overlap exclude using gist
    (organization_id with =, resource_id with =, tstzrange(start_time, end_time) with &&)
    where (blocking and exclusive);
alter table reminders
  add constraint reminders_pkey primary key (organization_id, id),
  add constraint reminders_rule unique (organization_id, booking_id, booking_version, minutes_before, channel),
  add constraint reminders_booking_id_fkey
    foreign key (organization_id, booking_id) references bookings (organization_id, id);
alter table events
  add constraint events_pkey primary key (organization_id, id),
  add constraint events_subject_version unique (organization_id, subject_id, version);
alter table receipts add constraint receipts_caller_key primary key (organization_id, caller_id, key);

commit;
