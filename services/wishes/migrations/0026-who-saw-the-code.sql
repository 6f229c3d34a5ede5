-- who has seen the code of a card, by handing it in or making a new one: the digits confirm the help
-- depends: 0025-the-same-file-again

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- In the row that a claim reads anyway.
alter table wish add column code_seen_by uuid[];

-- Of those that may still be claimed. The list of looks says of whom a new code was made, not for which
-- wish: of all of them, rather than of none.
update wish set code_seen_by = seen.by_ids
from (
    select w.id, array_agg(distinct by_id) as by_ids
    from wish w join lateral (
        select h.by_id from wish_history h
        where h.wish_id = w.id and h.version <= 2 and h.event = 'WishSubmitted' and w.author_id is null
        union all
        select r.by_id from reveal_audit r
        where r.person_id = w.beneficiary_id and 'code' = any(r.fields)
    ) as one on true
    where w.state not in ('closed', 'withdrawn') and one.by_id is not null group by w.id
) as seen
where wish.id = seen.id;

-- migrate: rollback

alter table wish drop column code_seen_by;
