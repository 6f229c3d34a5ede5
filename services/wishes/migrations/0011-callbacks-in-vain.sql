-- a callback that reaches nobody on three days is answered with that, and counted
-- depends: 0010-whole-person

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- The rows that are there pass a narrower check already, so none of them is read again.
alter table callback drop constraint callback_outcome_check;
alter table callback add constraint callback_outcome_check
    check (outcome in ('satisfied', 'unsatisfied', 'not_reached')) not valid;

-- By the month of the draw. One row for a district and a month, so that nobody counts callbacks.
create table callback_in_vain (
    district text not null check (district ~ '^\d{6}$'),
    month text not null check (month ~ '^\d{4}-\d{2}$'),
    wishes integer not null check (wishes > 0),
    primary key (district, month)
);

-- migrate: rollback

drop table callback_in_vain;
delete from callback where outcome = 'not_reached';
alter table callback drop constraint callback_outcome_check;
alter table callback add constraint callback_outcome_check
    check (outcome in ('satisfied', 'unsatisfied'));
