-- no index for what nobody looks up: the history of a wish is found by wish and version
-- depends: 0023-one-row-a-step

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- squawk-ignore-file ban-drop-constraint, disallowed-unique-constraint

-- Each command wrote to it, and no question goes by it. One event has one line, for a wish has one of each
-- version.
alter table wish_history drop constraint wish_history_event_id_key;

-- migrate: rollback

alter table wish_history add constraint wish_history_event_id_key unique (event_id);
