drop index events_unordered;
drop index events_of_organization;
