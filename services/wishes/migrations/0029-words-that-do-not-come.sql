-- what was delivered and not confirmed, or handed on and not answered, is said to the street, then to the district
-- depends: 0028-no-account-is-left

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Whoever waits already is given the days of the desk from today, in the evening; no calendar is known here.
update wish set desk_level = 0, due_at = (
    date_trunc('day', now() at time zone 'Asia/Shanghai') + interval '5 days 20 hours'
) at time zone 'Asia/Shanghai'
where state = 'delivered';

-- How late the desk once was with it says nothing of those whom it was handed to. Whose day has passed is
-- late at once.
update wish set desk_level = 0, due_at = coalesce(wish.due_at, referral.due_by)
from referral where referral.wish_id = wish.id and referral.answered_at is null and wish.state = 'referred';

-- migrate: rollback

update wish set desk_level = 0, due_at = null
where state = 'delivered' or (state = 'referred' and desk_level > 0);
