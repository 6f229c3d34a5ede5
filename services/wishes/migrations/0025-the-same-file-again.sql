-- which file a look at a child's data was at: the same one may be opened again on that day
-- depends: 0024-history-by-version

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- squawk-ignore-file constraint-missing-not-valid

-- A few hundred looks a year in a district: the check of the empty column takes no time.
alter table access_request add column opened uuid,
    add constraint opened_by_a_look check (opened is null or used_at is not null);

-- migrate: rollback

alter table access_request drop column opened;
