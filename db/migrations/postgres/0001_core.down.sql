-- loses every account: select count(*) from users
-- loses every resource: select count(*) from resources
-- loses every booking: select count(*) from bookings
-- loses the whole log: select count(*) from events
drop table settings;
drop table receipts;
drop table events;
drop function current_log_epoch();
drop table log_epoch;
drop table claims;
drop table bookings;
drop table resources;
drop table sessions;
drop table users;
drop table organizations;
drop function claims_guard();
drop function claims_peak(uuid, uuid, timestamptz, timestamptz);
drop function resources_guard();
drop function resources_share_claims();
drop function users_guard();
