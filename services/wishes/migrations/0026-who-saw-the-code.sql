-- who made a new code for a card: they were shown the digits that confirm the help
-- depends: 0025-the-same-file-again

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- In the row that a claim reads anyway; nearly all cards have the code they came with.
alter table wish add column code_renewed_by uuid[];

-- The list of looks says of whom, not of which wish: of all of them, rather than of none.
update wish set code_renewed_by = made.by_ids
from (
    select person_id, array_agg(distinct by_id) as by_ids from reveal_audit
    where 'code' = any(fields) group by person_id
) as made
where wish.beneficiary_id = made.person_id and wish.state not in ('closed', 'withdrawn');

-- migrate: rollback

alter table wish drop column code_renewed_by;
