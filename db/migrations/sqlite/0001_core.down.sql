-- loses all accounts: select count(*) from users
-- loses all API keys: select count(*) from api_keys
-- loses all resources: select count(*) from resources
-- loses all bookings: select count(*) from bookings
-- loses all reminders and mails: select count(*) from tasks
-- loses the event log: select count(*) from events
-- loses the counts of refusals: select count(*) from refusals
drop view occupations;
drop view wanted_claims;
drop table refusals;
drop table erasing;
drop table settings;
drop table receipts;
drop table events;
drop table links;
drop table tasks;
drop table occupancy;
drop table claims;
drop table mentions;
drop table bookings;
drop table resources;
drop table api_keys;
drop table sessions;
drop table users;
drop table organizations;
