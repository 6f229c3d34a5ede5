-- who waits for approval in an area, however many were approved before
-- depends: 0001-volunteers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

create index volunteer_queue on volunteer (area, state, id);

-- migrate: rollback

drop index volunteer_queue;
