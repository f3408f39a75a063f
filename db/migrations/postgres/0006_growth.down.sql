-- loses nothing but an index that is built again: select count(*) from bookings where false
drop view audit;
create view audit as
  select id, organization_id, time, type, subject_type, subject_id, actor_id, data from events where version is not null
  union all
  select id, organization_id, time, 'request.refused', null, null, actor_id, data from refusals;

drop statistics bookings_length;
drop index bookings_by_start;
create index bookings_by_start on bookings (organization_id, start_time, id);
