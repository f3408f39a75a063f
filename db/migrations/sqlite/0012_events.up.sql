-- Admins poll their organization's bookings: the events of other organizations must not be walked past.
create index events_of_organization on events (organization_id, seq) where subject_type = 'booking';
