-- what comes after: evaluation, callback, complaint, programmes, referral, messages
-- depends: 0008-claims

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Who was involved may not ring up later: so it must be known who the witness was.
alter table confirmation add column if not exists witness_id uuid;

-- Where a unit is at home: it sees what nobody takes there.
alter table giver add column area text;

alter table wish add column open_complaints smallint not null default 0 check (open_complaints >= 0);

create table evaluation (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    claim_id uuid not null references claim (id),
    fulfilled_event_id uuid not null,
    score smallint not null check (score between 1 and 5),
    means text not null check (means in ('tap', 'code', 'qr', 'call', 'visit', 'paper')),
    by_proxy boolean not null,
    by_id uuid,
    remark bytea,
    at timestamptz not null,
    constraint one_evaluation_per_fulfilment unique (fulfilled_event_id),
    constraint what_is_heard_is_logged_by_somebody check (
        means in ('code', 'qr') or by_id is not null
    )
);
create index evaluation_wish on evaluation (wish_id, at);

-- One secret for a district and a month. `commitment` is public at once, the seed itself when the
-- month is over; until then it lies here sealed, so that who reads the table foresees nothing.
create table callback_seed (
    district text not null check (district ~ '^\d{6}$'),
    month text not null check (month ~ '^\d{4}-\d{2}$'),
    commitment bytea not null,
    seed bytea not null,
    primary key (district, month)
);

create function seeds_stay() returns trigger language plpgsql as $body$
begin
    raise exception 'a seed that was committed to is never changed';
end
$body$;

create trigger seeds_stay before update or delete on callback_seed
for each row execute function seeds_stay();

create table callback (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    claim_id uuid not null references claim (id),
    area text not null,
    drawn_at timestamptz not null,
    due_by timestamptz not null,
    due_at timestamptz,
    late boolean not null default false,
    outcome text check (outcome in ('satisfied', 'unsatisfied')),
    answered_at timestamptz,
    constraint an_answered_callback_is_whole check ((outcome is null) = (answered_at is null)),
    constraint an_answered_callback_is_not_due check (outcome is null or due_at is null)
);
create unique index one_open_callback on callback (wish_id) where outcome is null;
create index callback_open on callback (area, due_by, id) where outcome is null;
create index callback_due on callback (due_at) where due_at is not null;

create table callback_call (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    outcome text not null check (outcome in ('satisfied', 'unsatisfied', 'not_reached')),
    called_by uuid not null,
    note bytea,
    at timestamptz not null
);
create index callback_call_wish on callback_call (wish_id, at);

create table complaint (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    area text not null,
    about text not null check (about in (
        'late', 'not_as_agreed', 'manners', 'privacy', 'money_asked', 'safety', 'other'
    )),
    level smallint not null default 0 check (level between 0 and 2),
    words bytea not null,
    filed_by uuid,
    filed_at timestamptz not null,
    due_by timestamptz not null,
    due_at timestamptz,
    outcome text check (outcome in ('put_right', 'explained', 'not_found_true')),
    answer bytea,
    answered_by uuid,
    answered_at timestamptz,
    constraint an_answer_is_whole check (
        (answered_at is null) = (outcome is null) and (answered_at is null) = (answer is null)
        and (answered_at is null) = (answered_by is null)
    ),
    constraint an_answered_complaint_is_not_due check (answered_at is null or due_at is null)
);
create unique index one_open_complaint on complaint (wish_id, about) where answered_at is null;
create index complaint_wish on complaint (wish_id, filed_at);
create index complaint_open on complaint (area, due_by, id) where answered_at is null;
create index complaint_due on complaint (due_at) where due_at is not null;

-- What keeps a wish from being closed stands on the wish, so that time need not ask elsewhere.
create function count_complaints() returns trigger language plpgsql as $body$
begin
    update wish set open_complaints = open_complaints
        + case when new.answered_at is null then 1 else -1 end
    where id = new.wish_id;
    return null;
end
$body$;

create trigger complaint_is_filed after insert on complaint
for each row when (new.answered_at is null) execute function count_complaints();
create trigger complaint_is_answered after update of answered_at on complaint
for each row when (old.answered_at is null and new.answered_at is not null)
execute function count_complaints();

create table programme (
    id uuid primary key,
    area text not null check (area ~ '^\d{12}$'),
    reach text not null,
    name text not null,
    brand text not null check (brand in ('meiju', 'xincheng', 'other')),
    valid_from date not null,
    valid_until date not null,
    cap_fen bigint check (cap_fen > 0),
    version integer not null check (version > 0),
    opened_by uuid not null,
    opened_at timestamptz not null,
    closed_by uuid,
    closed_at timestamptz,
    constraint a_reach_is_of_its_area check (
        starts_with(area, reach) and area = rpad(reach, 12, '0')
    ),
    constraint it_ends_after_it_begins check (valid_until >= valid_from),
    constraint a_closing_is_whole check ((closed_at is null) = (closed_by is null))
);
create index programme_reach on programme (reach, id desc);

alter table wish add constraint wish_programme_fkey
    foreign key (programme_id) references programme (id) not valid;
create index wish_programme on wish (programme_id, id) where programme_id is not null;

-- What nobody takes, for units, street and district: by community, the longest wait first.
create index wish_escalated on wish (area, posted_at, id) where state = 'posted' and level > 0;

create table referral (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    area text not null,
    recipient text not null check (recipient in (
        'hotline_12345', 'grid', 'charity', 'social_assistance', 'other'
    )),
    reason text not null,
    receipt bytea,
    due_by timestamptz not null,
    referred_by uuid not null,
    referred_at timestamptz not null,
    outcome text check (outcome in ('helped', 'not_helped')),
    note bytea,
    answered_by uuid,
    answered_at timestamptz,
    constraint a_referral_is_answered_as_a_whole check (
        (answered_at is null) = (outcome is null) and (answered_at is null) = (answered_by is null)
    )
);
create unique index one_open_referral on referral (wish_id) where answered_at is null;
create index referral_wish on referral (wish_id, referred_at desc);
create index referral_open on referral (area, due_by, id) where answered_at is null;

create table message (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    claim_id uuid not null references claim (id),
    sender text not null check (sender in ('resident', 'claimant')),
    by_id uuid,
    words bytea not null,
    sent_at timestamptz not null,
    constraint a_helper_has_a_name check (sender = 'resident' or by_id is not null)
);
create index message_claim on message (claim_id, id desc);
create index message_wish on message (wish_id, id desc);

-- migrate: rollback

drop table message, referral;
drop index wish_escalated, wish_programme;
alter table wish drop constraint wish_programme_fkey;
drop table programme, complaint, callback_call, callback, callback_seed, evaluation;
drop function count_complaints, seeds_stay;
alter table wish drop column open_complaints;
alter table giver drop column area;
alter table confirmation drop column if exists witness_id;
