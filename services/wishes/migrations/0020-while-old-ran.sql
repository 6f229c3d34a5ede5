-- what programs of before 0015 and 0016 wrote while these were there already: a clock for it, and places apart
-- depends: 0019-plain-counts

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Nobody takes a place while they are numbered; in the order in which a join writes.
lock table claim_helper, claim_unit, claim in share row exclusive mode;

-- All who helped before 0016, or joined by a program of then, had place 0: wherever else they help, and
-- whatever they lead.
update claim_helper set slot = placed.slot from (
    select helps.claim_id, helps.volunteer_id, free.slot
    from (
        select h.claim_id, h.volunteer_id,
            row_number() over (partition by h.volunteer_id order by h.joined_at, h.claim_id) as nth
        from claim_helper h join claim c on c.id = h.claim_id where c.state in ('live', 'contacted')
    ) as helps cross join lateral (
        select n as slot from generate_series(0, 1000) as n where not exists (
            select from claim held where held.claimant_id = helps.volunteer_id and held.slot = n
            and held.state in ('live', 'contacted')
        )
        order by n offset helps.nth - 1 limit 1
    ) as free
) as placed
where claim_helper.claim_id = placed.claim_id and claim_helper.volunteer_id = placed.volunteer_id
    and claim_helper.slot <> placed.slot;

update claim_unit set slot = placed.slot from (
    select helps.claim_id, helps.organisation_id, free.slot
    from (
        select u.claim_id, u.organisation_id,
            row_number() over (partition by u.organisation_id order by u.joined_at, u.claim_id) as nth
        from claim_unit u join claim c on c.id = u.claim_id where c.state in ('live', 'contacted')
    ) as helps cross join lateral (
        select n as slot from generate_series(0, 1000) as n where not exists (
            select from claim held where held.claimant_id = helps.organisation_id and held.slot = n
            and held.state in ('live', 'contacted')
        )
        order by n offset helps.nth - 1 limit 1
    ) as free
) as placed
where claim_unit.claim_id = placed.claim_id and claim_unit.organisation_id = placed.organisation_id
    and claim_unit.slot <> placed.slot;

-- As in 0015 and 0018. Without a clock on purpose is only what the district was told of, level 2.
update wish set desk_level = 0, due_at = (
    date_trunc('day', now() at time zone 'Asia/Shanghai')
    + case state when 'returned' then interval '7 days' when 'verified' then interval '4 days'
        else interval '5 days' end
    + interval '20 hours'
) at time zone 'Asia/Shanghai'
where due_at is null and desk_level < 2 and state in ('submitted', 'verified', 'returned', 'taken_down');

-- migrate: rollback

-- Nothing: what was filled in is as right for the program before.
select 1;
