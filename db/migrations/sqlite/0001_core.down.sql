-- loses every account: select count(*) from users
-- loses every resource: select count(*) from resources
-- loses every booking: select count(*) from bookings
-- loses the whole log: select count(*) from events
drop table settings;
drop table receipts;
drop table events;
drop table claims;
drop table bookings;
drop table sessions;
drop table resources;
drop table users;
drop table organizations;
