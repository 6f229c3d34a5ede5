-- a name at a number that many share is not one person: everybody is indexed anew
-- depends: 0026-who-saw-the-code

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- By which rule (domain/person.py) somebody is found. The clocks see to whoever is found by the old one; whom a
-- program of the release before still writes meanwhile has the old number, and comes after.
alter table beneficiary add column index_rule smallint not null default 1;
create index beneficiary_old_rule on beneficiary (created_at) where to_index or index_rule < 2;

-- migrate: rollback

drop index beneficiary_old_rule;
-- They are found by the old rule again.
update beneficiary set to_index = true where index_rule > 1 and erased_at is null;
alter table beneficiary drop column index_rule;
