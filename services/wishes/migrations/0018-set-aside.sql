-- what was sent back or taken down, and not seen to by its day, is said to the street, then to the district
-- depends: 0017-speakers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Whoever waits already is given the days of the desk from today, in the evening; no calendar is known here.
update wish set desk_level = 0, due_at = (
    date_trunc('day', now() at time zone 'Asia/Shanghai')
    + case state when 'returned' then interval '7 days' else interval '5 days' end + interval '20 hours'
) at time zone 'Asia/Shanghai'
where state in ('returned', 'taken_down');

-- migrate: rollback

update wish set desk_level = 0, due_at = null where state in ('returned', 'taken_down');
