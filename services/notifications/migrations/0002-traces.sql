-- the trace that a message belongs to: it is sent later, by another task
-- depends: 0001-notifications

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table message add column traceparent text;

-- migrate: rollback

alter table message drop column traceparent;
