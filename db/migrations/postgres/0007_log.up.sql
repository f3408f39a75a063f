-- Which server has written to the log since its epoch began. Transaction ids of two servers can't be compared, nor those
-- of one server before and after it was set back to an earlier state. Each has a start of its own: a promoted standby, the
-- new cluster that a dump was loaded into, and the server that was restarted on an old copy of its files.
-- system_identifier stays for instances of the previous version, as long as an upgrade rolls.
alter table log_epoch add column server_started_at timestamptz not null default pg_postmaster_start_time();
alter table log_epoch alter column server_started_at drop default;

-- Epochs count seconds since 2026, so that a later one is also larger in another copy of this log. The random part keeps
-- logs apart that begin at the same moment.
update log_epoch set epoch = greatest(epoch, extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00Z'))::integer
  + 1 + floor(random() * 100000)::integer;

-- A prepared transaction outlives its server. One that has written events still belongs into the epoch it began in.
create function log_has_prepared_events() returns boolean language sql volatile as $$
  select exists (select from pg_locks where locktype = 'relation' and pid is null and mode = 'RowExclusiveLock'
    and relation = 'events'::regclass and database = (select oid from pg_database where datname = current_database()))
$$;

-- The epoch that readers compare with. On a server that has not written yet, every row is of an earlier one.
create or replace function current_log_epoch() returns integer language sql stable as $$
  select case
    when server_started_at = pg_postmaster_start_time() or pg_is_in_recovery() or log_has_prepared_events() then epoch
    else epoch + 1
  end from log_epoch
$$;

-- Whether the last row has a position that this server has not reached: then another one has written it. Rows of the
-- transaction that asks are its own.
create function log_is_ahead(current_epoch integer) returns boolean language sql volatile as $$
  select coalesce((
    select epoch > current_epoch or (
      epoch = current_epoch and xid >= pg_snapshot_xmax(pg_current_snapshot()) and xid <> pg_current_xact_id()
    ) from events order by epoch desc, xid desc, seq desc limit 1
  ), false)
$$;

-- The epoch of a new event. Where another server was the last to write, it begins a new one, in the transaction of that
-- event. Writers take turns at the update: at READ COMMITTED the second one finds the new epoch, at the other levels it
-- fails with 40001, and is tried again.
create function writable_log_epoch() returns integer language plpgsql volatile as $$
declare
  found_epoch integer;
begin
  -- As log_is_ahead, but planned once per session: a call costs some 10 microseconds, and would be 100.
  select epoch into found_epoch from log_epoch where server_started_at = pg_postmaster_start_time() and not coalesce((
    select last.epoch > log_epoch.epoch or (last.epoch = log_epoch.epoch
      and last.xid >= pg_snapshot_xmax(pg_current_snapshot()) and last.xid <> pg_current_xact_id())
    from events as last order by last.epoch desc, last.xid desc, last.seq desc limit 1
  ), false);
  if found then
    return found_epoch;
  end if;
  if log_has_prepared_events() then
    raise exception 'a prepared transaction has written events: commit it, or roll it back' using errcode = '57P03';
  end if;
  update log_epoch set
    epoch = greatest(
      epoch + 1,
      (select max(epoch) + 1 from events),
      extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00Z')::integer
    ),
    server_started_at = pg_postmaster_start_time()
  where server_started_at <> pg_postmaster_start_time() or log_is_ahead(epoch)
  returning epoch into found_epoch;
  if not found then
    select epoch into found_epoch from log_epoch;
  end if;
  return found_epoch;
end $$;

alter table events alter column epoch set default writable_log_epoch();
