-- what waits for a helper is on the tree, and why it came back can be read
-- depends: 0012-nothing-forgotten

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- What waited where nobody could find it: whoever publishes sees it now, and it keeps its days.
update wish set state = 'verified', published_by = null, due_at = null, queue = 'to_publish'
where state = 'posted' and not hanging;

alter table wish add constraint what_waits_hangs check (state <> 'posted' or hanging) not valid;
alter table wish validate constraint what_waits_hangs;

-- A code, as the event has it.
alter table wish_history add column reason text;

-- migrate: rollback

alter table wish_history drop column reason;
alter table wish drop constraint what_waits_hangs;
