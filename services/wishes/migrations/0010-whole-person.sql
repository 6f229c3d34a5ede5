-- an erasure of one entry is one of all entries of the same person
-- depends: 0009-after

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- The request that this one was filed with; it is taken back with it.
alter table data_request add column filed_with uuid;
create index data_request_with on data_request (filed_with) where filed_with is not null;

-- migrate: rollback

drop index data_request_with;
alter table data_request drop column filed_with;
