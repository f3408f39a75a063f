-- After keys.sql, on a coordinator with the extension citus. What signs people in is small and is on every node, so that an
-- email stays unique in the installation; the rest of an organization is on one.
select create_reference_table('organizations');
select create_reference_table('users');
select create_reference_table('sessions');
select create_reference_table('api_keys');
select create_reference_table('mails');
select create_reference_table('refusals');
select create_reference_table('settings');
select create_reference_table('log_epoch');

set citus.enable_unsafe_triggers = on;
select create_distributed_table('resources', 'organization_id');
select create_distributed_table('bookings', 'organization_id', colocate_with => 'resources');
select create_distributed_table('claims', 'organization_id', colocate_with => 'resources');
select create_distributed_table('reminders', 'organization_id', colocate_with => 'resources');
select create_distributed_table('events', 'organization_id', colocate_with => 'resources');
select create_distributed_table('receipts', 'organization_id', colocate_with => 'resources');
