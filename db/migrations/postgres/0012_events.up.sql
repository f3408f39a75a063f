-- Admins poll their organization's bookings: the events of other organizations must not be walked past.
create index events_of_organization on events (organization_id, epoch, xid, seq) where subject_type = 'booking';
-- Who forgets and closes reads what has become visible, in no order, and nothing about bookings.
create index events_unordered on events (epoch, xid) where subject_type <> 'booking';
