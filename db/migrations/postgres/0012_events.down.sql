-- loses nothing but indexes that are built again: select count(*) from events where false
drop index events_unordered;
drop index events_of_organization;
