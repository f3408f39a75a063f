-- loses every reminder: select count(*) from reminders
-- loses every mail about an account: select count(*) from mails
-- loses who has verified an address: select count(*) from users where email_verified_at is not null
-- loses from the log, what tells of reminders: select count(*) from events where version is null
drop table mails;
drop table reminders;
alter table users drop column email_verified_at;
delete from events where version is null;
alter table events alter column version set not null;
alter table bookings drop column reminders;
