-- Positions go on from the microseconds since 1970, and some more: 100,000,000,000 that the same log may reach elsewhere
-- before a copy of it begins, and a random part that keeps logs apart that begin at the same moment. Rows keep theirs.
insert into sqlite_sequence (name, seq) select 'events', 0
where not exists (select 1 from sqlite_sequence where name = 'events');
update sqlite_sequence set seq = max(seq, cast(unixepoch('subsec') * 1000 as integer) * 1000)
  + 100000000000 + abs(random() % 100000000000) where name = 'events';
