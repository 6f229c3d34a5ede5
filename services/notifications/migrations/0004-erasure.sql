-- messages to people who were erased: the gateway forgets them
-- depends: 0003-whole-lives

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table message add column to_forget boolean not null default false;
create index message_to_forget on message (id) where to_forget and state <> 'pending';

-- migrate: rollback

drop index message_to_forget;
alter table message drop column to_forget;
