"""A district after so many wishes: the real schema, filled by SQL, one database per size.

`python -m bench.grown WISHES` fills the database of $DSN: a process of its own, because a million
wishes take minutes, and whoever presses Ctrl-C should not wait for them.

One community has half of all wishes, the rest are spread over a hundred. Its tree is as full at
every size (300 cards, 150 of them open: there is room for 320); what waits at its desk grows with
the wishes, but sixty volunteers wait for approval and forty buildings are known at any size. Every
person has wished eight times, four of them in the big community. One unit has a tenth of all postings. Triggers are off while it is filled, what they
count is counted at the end.
"""

import asyncio
import os
import sys
from uuid import UUID, uuid5

import asyncpg

BIG = "610102007001"
LEAVES = 300
"""Cards on the big tree, so many that the smallest size needs 600 wishes."""
_NAMES = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
DESK = uuid5(_NAMES, "desk of the big community")
UNIT = uuid5(_NAMES, "unit with a tenth of all postings")
PERSON = uuid5(_NAMES, "volunteer with a life of helping")
CLAIM = uuid5(_NAMES, "claim of that volunteer whose two sides write to each other")
PROGRAMME = uuid5(_NAMES, "programme of the district")
ASKER = uuid5(_NAMES, "somebody who asks about their data again and again")
LIFE = 200
"""Lines on each of one volunteer's cards: a life's, whatever the district's size."""

# Ids rise with time, as the services make them: ten years, the last wish a minute ago.
SEED = """
create temp table seed as
select n, n / 2 as k, n % 2 = 0 as big,
    uuidv7(interval '1 minute' * -1 - interval '10 years' / $1 * ($1 - n)) as id,
    now() - interval '1 minute' - interval '10 years' / $1 * ($1 - n) as at,
    uuidv7() as beneficiary, null::int as leaf, '' as state, '' as area
from generate_series(1, $1) as n
"""
# As they are given out: short card numbers in no order until half of them are gone, long ones then.
PREPARE = f"""
create function pg_temp.card(n bigint) returns text language sql immutable as $$
    select string_agg(substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ',
        1 + ((case when n <= 500000 then n * 7919 % 923521 else n end) / (31 ^ p)::bigint % 31)::int, 1), '')
    from generate_series(0, case when n <= 500000 then 3 else 4 end) as p $$;
update seed s set
    leaf = case when big and k % step = 0 and k / step <= {LEAVES} then k / step - 1 end,
    area = case when big then '{BIG}' else '610102' || (100 + k % 100) || '001' end,
    state = case
        when big and k % step = 0 and k / step <= {LEAVES} then case
            when k / step % 2 = 0 then 'posted' when k / step % 4 = 1 then 'claimed' else 'fulfilled' end
        when k % 100 in (0, 1) then 'submitted' when k % 100 = 2 then 'verified'
        when k % 100 in (3, 4) then 'returned' when k % 100 in (5, 6) then 'withdrawn'
        else 'fulfilled' end
from (select max(n) / 2 / {LEAVES} as step from seed) x;
create index on seed (n);
analyze seed;
"""
WISHES = (
    """
set search_path = wishes;
insert into building (id, area, name, added_by, added_at)
select md5('building ' || n)::uuid, '$big$', n || '号楼', md5('worker')::uuid, now()
from generate_series(1, $buildings$) as n;
insert into beneficiary (id, area, name, phone, address, created_at, phone_index, address_index,
    person_index, to_index, index_rule, building_id)
select beneficiary, area, decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'),
    decode(repeat(md5(n::text), 3), 'hex'), at, sha256(('phone ' || n / 8)::bytea),
    sha256(('place ' || n / 8)::bytea), sha256(('person ' || n / 8)::bytea), false, 2,
    case when big then md5('building ' || 1 + k % $buildings$)::uuid end from seed;
insert into wish (id, card_no, code_hash, area, category, channel, effort, state, version, beneficiary_id,
    words, title, leaf, hanging, submitted_at, posted_at, fulfilled_at, state_since, rule_id, level, queue,
    queue_since)
select id, pg_temp.card(n), decode(md5(n::text), 'hex'), area,
    (array['goods', 'service', 'companionship', 'skills'])[1 + n / 3 % 4], 'desk', 'one_hour', state,
    case state when 'submitted' then 1 when 'verified' then 2 when 'posted' then 3 else 5 end,
    beneficiary, decode(repeat(md5(n::text), 4), 'hex'),
    case when state in ('posted', 'claimed', 'fulfilled') then '厨房的灯换不了' end, leaf, leaf is not null,
    at, case when state in ('posted', 'claimed', 'fulfilled') then at end,
    case when state = 'fulfilled' then at end, date_trunc('day', at),
    ('00000000-0000-5000-8000-00000000000' || 1 + n / 3 % 4)::uuid, case when waits then 1 else 0 end,
    case when waits then 'to_hand_over' when state = 'submitted' then 'to_verify'
        when state = 'verified' then 'to_publish' end,
    case when waits or state in ('submitted', 'verified') then at end
from (select *, state = 'posted' and leaf % 4 = 1 as waits from seed) as seed;
create temp table person as
select m, case m when 0 then $person$::uuid else uuidv7() end as id
from generate_series(0, (select greatest(max(n) / 20, 200) from seed)) as m;
create index on person (m);
insert into giver (id, kind, active) select id, 'volunteer', true from person;
insert into claim (id, wish_id, state, claimant_kind, claimant_id, claimed_by, contact_by, fulfil_by,
    claimed_at, delivered_at)
select uuidv7(s.at - now()), s.id, case s.state when 'claimed' then 'live' else 'done' end, 'volunteer',
    p.id, p.id, s.at + interval '2 days', s.at + interval '15 days', s.at, s.at
from seed s join person p on p.m = s.n % (select count(*) from person)
where s.state in ('claimed', 'fulfilled');
insert into wish_history (wish_id, version, event_id, event, at)
select s.id, v, uuidv7(), (array['WishSubmitted', 'WishVerified', 'WishPosted', 'WishClaimed',
    'WishFulfilled'])[v], s.at
from seed s cross join generate_series(1, 5) as v where v <= case s.state when 'submitted' then 1
    when 'verified' then 2 when 'posted' then 3 else 5 end;
insert into tree_count (area, category, open, claimed, fulfilled)
select area, category, count(*) filter (where hanging and state = 'posted'),
    count(*) filter (where hanging and state = 'claimed'),
    count(*) filter (where hanging and state = 'fulfilled') from wish group by area, category;
insert into wish_tally (state, since, wishes) select state, state_since, count(*) from wish group by 1, 2;
insert into queue_tally (area, queue, wishes)
select area, queue, count(*) from wish where queue is not null group by 1, 2;
-- As domain/fairness.py has it.
insert into standing (area, person, bucket, open, in_year, since, wish_id, changes_at)
select area, person, case when in_year >= 3 then 'often' when waits is null then 'helped'
        else case when ever then 'waiting' else 'never_served' end || case
            when waits > now() - interval '7 days' then '.week'
            when waits > now() - interval '30 days' then '.month'
            when waits > now() - interval '90 days' then '.quarter' else '.longer' end end,
    open, in_year, coalesce(waits, last), wish_id, now() + interval '1 day'
from (
    select b.area, b.person_index as person, count(*) filter (where w.open) as open,
        min(w.submitted_at) filter (where w.open) as waits, bool_or(w.state = 'fulfilled') as ever,
        count(*) filter (where w.fulfilled_at > now() - interval '365 days') as in_year,
        max(w.fulfilled_at) as last, (array_agg(w.id order by w.open desc, w.id))[1] as wish_id
    from beneficiary b join (
        select *, standing_class(state) = 'open' as open from wish
    ) as w on w.beneficiary_id = b.id group by 1, 2
) as stands where waits is not null or in_year > 0;
insert into beneficiary_tally (area, bucket, people)
select area, bucket, count(*) from standing group by 1, 2;
insert into reveal_audit (seq, person_id, by_id, by_kind, fields, purpose, at, previous, hash)
select n, beneficiary, beneficiary, 'staff', '{phone}', 'visit', at, '', sha256(n::text::bytea) from seed;
update reveal_head set seq = (select max(seq) from reveal_audit);
""".replace("$person$", f"'{PERSON}'")
    .replace("$big$", BIG)
    .replace("$buildings$", "40")
)
POINTS = f"""
set search_path = points;
insert into holder (id, kind) select id, 'volunteer' from person union all select '{UNIT}', 'organisation';
create temp table told as
select uuidv7(at - now()) as id, id as wish_id, at,
    case when n % 10 = 9 then '{UNIT}'::uuid
        else (select p.id from person p where p.m = 1 + n % ((select count(*) from person) - 1)) end as holder
from seed where state = 'fulfilled';
insert into posting (id, source_event_id, wish_id, rule_version, at)
select id, uuidv7(), wish_id, 1, at from told;
insert into entry (posting_id, book, holder_id, amount)
select id, 'points', h, a from told cross join lateral
    (values (holder, 3), ('00000000-0000-0000-0000-000000000000'::uuid, -3)) as e (h, a);
insert into account (holder_id, book, balance) select holder_id, book, sum(amount) from entry group by 1, 2;
"""
NOTIFICATIONS = f"""
set search_path = notifications;
insert into unit (id, kind, area, active) values ('{DESK}', 'community', '{BIG}', true);
insert into unit (id, kind, area, active)
select uuidv7(), 'community', '610102' || a || '001', true from generate_series(100, 199) as a;
insert into wish_known (wish_id, area, beneficiary_id) select id, area, beneficiary from seed;
insert into message (id, source_event_id, recipient_kind, recipient_id, area, template, details, channel,
    state, wish_id, correlation_id, created_at)
select uuidv7(s.at - now()), uuidv7(), 'organisation', u.id, s.area, 'TEMPLATE', 'DETAILS'::jsonb, 'inbox',
    'delivered', s.id, 'c', s.at from seed s join unit u on u.area = s.area
union all
select uuidv7(s.at - now()), uuidv7(), 'volunteer',
    (select p.id from person p where p.m = s.n % (select count(*) from person)), s.area, 'TEMPLATE',
    'DETAILS'::jsonb, 'inbox', 'delivered', s.id, 'c', s.at from seed s
union all
select uuidv7(at - now()), uuidv7(), 'resident', beneficiary, area, 'TEMPLATE', 'DETAILS'::jsonb, 'phone',
    'phone_list', id, 'c', at from seed where k % 50 = 1;
"""
VOLUNTEERS = f"""
set search_path = volunteers;
insert into organisation (id, kind, name, area, version, created_at)
select uuidv7(), 'resident_unit', '单位' || n, '{BIG}', 1, now()
from generate_series(1, (select max(n) / 100 from seed)) as n;
insert into volunteer (id, number, kind, area, state, name, phone, phone_index, version, registered_at)
select id, case when not waits then lpad(m::text, 12, '0') end, 'local', '{BIG}',
    case when waits then 'registered' else 'approved' end, decode(md5(m::text), 'hex'),
    decode(md5(m::text), 'hex'), sha256(m::text::bytea), 1, now()
from (select m, id, m > 0 and m % greatest(count(*) over () / 60, 2) = 0 as waits from person) p;
insert into qualification (id, volunteer_id, kind, code, valid_until, granted_by, granted_at, ended_as,
    ended_at)
select uuidv7(), p.id, 'insurance', 'accident', now() + n * interval '300 days', p.id, now(),
    case when n < 3 then 'renewed' end, case when n < 3 then now() end
from person p cross join generate_series(1, 3) as n;
create temp table line as
select p.id as volunteer_id, s.id as wish_id, s.beneficiary, s.at, uuidv7() as event_id
from seed s join person p on p.m = 1 + s.n % ((select count(*) from person) - 1) where s.state = 'fulfilled'
union all
select '{PERSON}', s.id, s.beneficiary, s.at, uuidv7() from seed s where n <= {LIFE};
insert into contact_card (volunteer_id, claim_id, beneficiary_id, wish_id, since, event_id)
select volunteer_id, event_id, beneficiary, wish_id, at, event_id from line;
insert into activity_card (volunteer_id, source_event_id, wish_id, category, part, minutes, at)
select volunteer_id, event_id, wish_id, 'goods', 'lead', 60, at from line;
insert into feedback_card (volunteer_id, event_id, wish_id, fact, at)
select volunteer_id, event_id, wish_id, 'fulfilled', at from line;
insert into savings_line (volunteer_id, event_id, wish_id, points, minutes, gift_value_fen, at)
select volunteer_id, event_id, wish_id, 3, 60, 0, at from line;
"""
# Two yeses for each wish; one person in a hundred has asked something, sixty wait for an answer at any
# size, and one asks and is looked at all their life.
RIGHTS = f"""
set search_path = wishes;
insert into consent (person_id, wish_id, purpose, given, by_kind, how, wording, recorded_by, at)
select beneficiary, id, purpose, true, 'self', 'spoken', 1, beneficiary, at
from seed cross join unnest(array['service', 'publish']) as purpose where state <> 'submitted';
insert into beneficiary (id, area, name, address, created_at, index_rule)
values ('{ASKER}', '{BIG}', '', '', now(), 2);
insert into data_request (id, person_id, area, kind, state, end_claims, filed_at, due_at, warned,
    answered_at)
select uuidv7(at - now()), beneficiary, area, 'correction', 'done', false, at, at, 0, at
from seed where n % 100 = 7
union all
select uuidv7(interval '1 day' * -n), '{ASKER}', '{BIG}', 'copy', 'done', false,
    now() - interval '1 day' * n, now(), 0, now() from generate_series(1, {LIFE}) as n
union all
select uuidv7(), beneficiary, '{BIG}', 'correction', 'filed', false, now(), now() + interval '1 hour' * n,
    0, null from seed where n <= 60;
insert into reveal_audit (seq, person_id, by_id, by_kind, fields, purpose, at, previous, hash)
select seq + n, '{ASKER}', '{PERSON}', 'staff', '{{phone}}', 'visit', now(), '', sha256((seq + n)::text::bytea)
from reveal_head, generate_series(1, {LIFE}) as n;
update reveal_head set seq = (select max(seq) from reveal_audit);
"""
# What comes after: of everything some waits and more is over, both the more the more wishes there are.
# Nobody answered most of what was asked about children, and it stays. One volunteer has handed in, drafted,
# been invited and claimed as much as one person can; a programme has as many wishes as people look after.
AFTER = f"""
set search_path = wishes;
insert into programme (id, area, reach, name, brand, valid_from, valid_until, version, opened_by, opened_at)
select uuidv7(interval '1 day' * -n), '{BIG}', '{BIG}', '活动' || n, 'other', current_date - 400,
    current_date + 400, 1, '{PERSON}'::uuid, now() from generate_series(1, 60) as n
union all
select '{PROGRAMME}'::uuid, '610102000000', '610102', '美居行动', 'meiju', current_date, current_date + 400, 1,
    '{PERSON}'::uuid, now();
create temp table chosen as select id from seed where big and state = 'fulfilled' order by n limit {LIFE};
update wish set programme_id = '{PROGRAMME}'::uuid, author_id = '{PERSON}'::uuid where id in (select id from chosen);
insert into draft (id, beneficiary_id, author_id, area, channel, content, revision, event_id, drafted_at,
    changed_at, discard_at)
select uuidv7(at - now()), uuidv7(), case when n <= 100 then '{PERSON}'::uuid else id end, area, 'online',
    decode(md5(n::text), 'hex'), 1, uuidv7(), at, at, now() + interval '30 days'
from seed where n <= 100 or n % 100 = 0;
insert into invitation (id, wish_id, invitee_kind, invitee_id, until)
select uuidv7(), id, 'volunteer', '{PERSON}'::uuid, now() + interval '1 day' + interval '1 minute' * leaf
from seed where big and state = 'posted' order by n limit 60;
insert into attachment (id, wish_id, purpose, kind, size, sha256, sealed, uploaded_by, at)
select uuidv7(), id, 'need', 'image/jpeg', 4, sha256(sealed), sealed, '{PERSON}'::uuid, now()
from (
    select id, decode(repeat(md5(n::text), 2), 'hex') as sealed from seed where n % 10 = 2
    union all
    (select w.id, decode(repeat(md5(n::text), 2), 'hex') from (
        select id from wish where area = '{BIG}' and state = 'fulfilled' order by id
        offset (select count(*) / 2 from wish where area = '{BIG}' and state = 'fulfilled') limit 1
    ) as w cross join generate_series(1, 10) as n)
) as file;
insert into access_request (id, wish_id, area, purpose, asked_by, asked_at, until)
select uuidv7(at - now()), id, area, 'visit', '{PERSON}'::uuid, at, at + interval '3 days'
from seed where k % 20 = 19
union all
select uuidv7(), id, area, 'visit', '{PERSON}'::uuid, now(), now() + interval '1 day' + interval '1 minute' * n
from seed where big and n <= 120;
update claim set id = '{CLAIM}', claimant_id = '{PERSON}'::uuid, claimed_by = '{PERSON}'::uuid
where id = (
    select c.id from claim c join seed s on s.id = c.wish_id where s.big and s.state = 'claimed'
    order by s.n limit 1
);
insert into place (giver_id, number, claim_id)
select claimant_id, row_number() over (partition by claimant_id order by id) - 1, id
from claim where state = 'live';
create temp table after_that as
select s.id, s.n, s.k, s.at, s.area, c.id as claim_id
from seed s join claim c on c.wish_id = s.id where s.state = 'fulfilled';
insert into message (id, wish_id, claim_id, sender, words, sent_at)
select uuidv7(at - now()), id, claim_id, 'resident', decode(md5(n::text), 'hex'), at
from after_that where n % 3 = 0;
insert into evaluation (id, wish_id, claim_id, fulfilled_event_id, score, means, by_proxy, at)
select uuidv7(at - now()), id, claim_id, uuidv7(), 5, 'qr', false, at from after_that where n % 3 = 1;
insert into callback (id, wish_id, claim_id, area, drawn_at, due_by, outcome, answered_at)
select uuidv7(at - now()), id, claim_id, area, at, at + interval '7 days',
    case when k % 20 <> 11 then 'satisfied' end, case when k % 20 <> 11 then at end
from after_that where k % 20 between 11 and 13;
insert into complaint (id, wish_id, area, about, level, words, filed_at, due_by, outcome, answer,
    answered_by, answered_at)
select uuidv7(at - now()), id, area, 'late', k / 20 % 3, decode(md5(n::text), 'hex'), at,
    at + interval '15 days', case when over then 'explained' end,
    case when over then decode(md5(n::text), 'hex') end, case when over then '{PERSON}'::uuid end,
    case when over then at end
from (select *, k % 20 <> 14 as over from after_that where k % 20 between 14 and 16) as said;
insert into referral (id, wish_id, area, recipient, reason, due_by, referred_by, referred_at, outcome,
    answered_by, answered_at)
select uuidv7(at - now()), id, area, 'grid', 'repair', at + interval '15 days', '{PERSON}'::uuid, at,
    case when over then 'helped' end, case when over then '{PERSON}'::uuid end, case when over then at end
from (select *, k % 20 <> 17 as over from after_that where k % 20 between 17 and 18) as handed;
"""
TEMPLATE, DETAILS = "wish_done", "{}"


async def fill(dsn: str, wishes: int) -> None:
    """The database's four schemas, as after `wishes` wishes. Needs the superuser."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=900)
    try:
        # Triggers would count each row one by one.
        await connection.execute("set session_replication_role = replica")
        await connection.execute("set work_mem = '128MB'; set maintenance_work_mem = '128MB'")
        await connection.execute("set synchronous_commit = off")
        await connection.execute(SEED.replace("$1", str(wishes)))
        messages = NOTIFICATIONS.replace("TEMPLATE", TEMPLATE).replace("DETAILS", DETAILS)
        for part in (PREPARE, WISHES, POINTS, messages, VOLUNTEERS, RIGHTS, AFTER):
            await connection.execute(part)
        # Otherwise autovacuum would do it while somebody measures.
        await connection.execute("vacuum (freeze, analyze)")
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(fill(os.environ["DSN"], int(sys.argv[1])))
