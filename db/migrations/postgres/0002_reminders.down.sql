drop table mails;
drop table reminders;
alter table users drop column email_verified_at;
delete from events where version is null;
alter table events alter column version set not null;
alter table bookings drop column reminders;
