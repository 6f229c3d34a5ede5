-- what is not checked or not hung up by its day is said to the street, then to the district
-- depends: 0014-answers-and-evidence

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- 1: the street was told, 2: the district.
alter table wish add column desk_level smallint not null default 0 check (desk_level between 0 and 2);

-- Whoever waits already is given the days of the desk from today, in the evening; no calendar is known here.
update wish set due_at = (
    date_trunc('day', now() at time zone 'Asia/Shanghai')
    + case state when 'submitted' then interval '5 days' else interval '4 days' end + interval '20 hours'
) at time zone 'Asia/Shanghai'
where state in ('submitted', 'verified');

-- migrate: rollback

update wish set due_at = null where state in ('submitted', 'verified');
alter table wish drop column desk_level;
