-- loses every account: select count(*) from users
-- loses every API key: select count(*) from api_keys
-- loses every resource: select count(*) from resources
-- loses every booking: select count(*) from bookings
-- loses every reminder and mail: select count(*) from tasks
-- loses the whole log: select count(*) from events
-- loses counts of what was refused: select count(*) from refusals
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
