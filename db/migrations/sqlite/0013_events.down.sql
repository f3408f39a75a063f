drop index events_of_organization;
