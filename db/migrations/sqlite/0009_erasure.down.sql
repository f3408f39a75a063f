-- loses which bookings name an address, which is found again: select count(*) from mentions
drop trigger refusals_of_erased;
drop trigger receipts_caller_guard;
drop trigger bookings_mention;
drop trigger bookings_mention_more;
drop trigger claims_owner_guard_insert;
drop trigger claims_owner_guard_update;
drop trigger bookings_owner_guard_insert;
drop trigger bookings_owner_guard_update;
drop trigger users_erased_guard;
drop trigger users_placeholder;
update users set email = id || '@erased.invalid' where redacted_at is not null;
drop index mails_of_user;
drop index refusals_of_actor;
drop index receipts_about;
drop table mentions;
