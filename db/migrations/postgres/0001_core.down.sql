-- loses all accounts: select count(*) from users
-- loses all API keys: select count(*) from api_keys
-- loses all resources: select count(*) from resources
-- loses all bookings: select count(*) from bookings
-- loses all reminders and mails: select count(*) from tasks
-- loses the event log: select count(*) from events
-- loses the counts of refusals: select count(*) from refusals
drop table mentions;
drop table refusals;
drop table settings;
drop table receipts;
drop table events;
drop table log_epoch;
drop table links;
drop table tasks;
drop table occupancy;
drop table claims;
drop table bookings;
drop table resources;
drop table api_keys;
drop table sessions;
drop table users;
drop table organizations;
drop function append_only();
drop function bookings_as_of(jsonb);
drop function bookings_mention();
drop function bookings_owner_guard();
drop function claims_guard();
drop function claims_occupy();
drop function claims_owner_guard();
drop function claims_truncated();
drop function current_log_epoch();
drop function hold_person(uuid, integer, boolean);
drop function log_has_prepared_events();
drop function log_is_ahead(integer);
drop function most_taken(uuid, timestamptz, timestamptz);
drop function occupy(uuid, timestamptz, timestamptz, integer);
drop function organizations_guard();
drop function receipts_caller_guard();
drop function refusals_of_erased();
drop function resources_guard();
drop function users_erased_guard();
drop function users_guard();
drop function users_placeholder();
drop function writable_log_epoch();
