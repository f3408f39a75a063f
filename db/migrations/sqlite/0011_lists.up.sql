-- The audit is read an organization at a time, in the order of time.
create index events_by_time on events (organization_id, time, id);
create index refusals_by_time on refusals (organization_id, time, id);
