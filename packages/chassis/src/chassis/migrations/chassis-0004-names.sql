-- who looked, by name, beside the office
-- depends: chassis-0003-erasure

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- As the token said at that moment, sealed with the key of the person who was looked at: a line is
-- never changed, and with that person's key the names of their list are gone.
alter table reveal_audit add column by_name bytea;

-- migrate: rollback

alter table reveal_audit drop column by_name;
