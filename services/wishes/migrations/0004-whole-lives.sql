-- whole lives: leases, joint claims, terms of categories, what time does, the worker's queue
-- depends: 0003-card-numbers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Versions are added, never changed: a wish keeps the terms of the day it was handed in. Nothing refers
-- here by a foreign key: every new wish would lock the same few rows.
create table category_rule (
    id uuid primary key,
    district text not null check (district ~ '^(\d{6})?$'),
    category text not null check (category in ('goods', 'service', 'companionship', 'skills')),
    version integer not null check (version > 0),
    valid_from date not null,
    valid_until date check (valid_until >= valid_from),
    terms jsonb not null,
    set_by uuid,
    set_at timestamptz not null,
    unique (district, category, version)
);

insert into category_rule (id, district, category, version, valid_from, terms, set_at) values
    ('00000000-0000-5000-8000-000000000001', '', 'goods', 1, '2000-01-01', '{}', now()),
    ('00000000-0000-5000-8000-000000000002', '', 'service', 1, '2000-01-01', '{}', now()),
    ('00000000-0000-5000-8000-000000000003', '', 'companionship', 1, '2000-01-01', '{}', now()),
    ('00000000-0000-5000-8000-000000000004', '', 'skills', 1, '2000-01-01', '{}', now());

create function terms_stay() returns trigger language plpgsql as $body$
begin
    raise exception 'a version of terms is never changed: add the next one';
end
$body$;

create trigger terms_stay before update or delete on category_rule
for each row execute function terms_stay();

alter table wish
    add column rule_id uuid,
    add column may_hang boolean not null default true,
    add column level smallint not null default 0 check (level between 0 and 3),
    add column offered_kind text check (offered_kind in ('volunteer', 'organisation')),
    add column offered_id uuid,
    add column offered_until timestamptz,
    add column programme_id uuid,
    add column asks text[] not null default '{}',
    add column two_people boolean not null default false,
    add column callback text not null default 'no' check (callback in ('no', 'due', 'done')),
    add column due_at timestamptz,
    add column queue text check (queue in (
        'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
        'to_confirm', 'to_call_back'
    )),
    add column queue_since timestamptz;

update wish set rule_id = (
    select id from category_rule r where r.category = wish.category and r.district = ''
);
alter table wish alter column rule_id set not null;

alter table wish drop constraint wish_state_check;
alter table wish add constraint wish_state_check check (state in (
    'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned',
    'withdrawn', 'taken_down', 'referred'
));
alter table wish add constraint only_what_may_hang_hangs check (may_hang or not hanging);
alter table wish add constraint an_offer_is_whole check (
    (offered_id is null) = (offered_until is null) and (offered_id is null) = (offered_kind is null)
);

create index wish_due on wish (due_at) where due_at is not null;
create index wish_in_queue on wish (area, queue, queue_since, id) where queue is not null;

alter table claim
    add column slot smallint not null default 0 check (slot >= 0),
    add column contacted_at timestamptz,
    add column warned smallint not null default 0 check (warned between 0 and 2),
    add column extensions smallint not null default 0 check (extensions >= 0),
    add column asked_until timestamptz,
    add column asked_reason text,
    add column answer_by timestamptz,
    add column due_at timestamptz,
    add column ended_as text,
    add column ended_at timestamptz;

alter table claim drop constraint claim_state_check;
alter table claim add constraint claim_state_check check (
    state in ('live', 'contacted', 'delivered', 'done', 'released')
);
alter table claim add constraint a_question_is_whole check ((asked_until is null) = (asked_reason is null));

-- Those that were live before there were places get one each, side by side.
update claim set slot = numbered.slot from (
    select id, row_number() over (partition by claimant_id order by claimed_at, id) - 1 as slot from claim
    where state = 'live'
) as numbered where numbered.id = claim.id;
create unique index one_claim_per_slot on claim (claimant_id, slot) where state in ('live', 'contacted');
create index claim_due on claim (due_at) where due_at is not null;

create table claim_unit (
    claim_id uuid not null references claim (id),
    organisation_id uuid not null,
    joined_by uuid not null,
    joined_at timestamptz not null,
    primary key (claim_id, organisation_id)
);

create table pledge (
    claim_id uuid not null references claim (id),
    line smallint not null,
    giver_kind text not null check (giver_kind in ('volunteer', 'organisation')),
    giver_id uuid not null,
    kind text not null check (kind in ('goods', 'time', 'company')),
    value_fen integer not null check (value_fen >= 0),
    minutes integer not null check (minutes >= 0),
    primary key (claim_id, line)
);

-- What a person can do, as far as the volunteer service has told.
create table qualification (
    volunteer_id uuid not null,
    ask text not null,
    valid_until timestamptz,
    primary key (volunteer_id, ask)
);

-- The person's own account, and the people they live with, as far as a worker knows: nobody claims a
-- wish of their own household.
alter table beneficiary
    add column account_id uuid,
    add column household_id uuid;
create index beneficiary_household on beneficiary (household_id) where household_id is not null;

create table household_member (
    household_id uuid not null,
    volunteer_id uuid not null,
    noted_by uuid not null,
    noted_at timestamptz not null,
    primary key (household_id, volunteer_id)
);

-- Commands only add rows, as with wish_move; whoever counts folds them.
create table queue_move (
    area text not null,
    queue text not null,
    change bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table queue_tally (
    area text not null,
    queue text not null,
    wishes bigint not null,
    primary key (area, queue)
);

create function note_queue_move() returns trigger language plpgsql as $body$
begin
    new.queue_since := case when new.queue is not null then now() end;
    insert into queue_move (area, queue, change)
    select new.area, queue, change from (values (old.queue, -1), (new.queue, 1)) as moved (queue, change)
    where queue is not null;
    return new;
end
$body$;

create trigger queue_moves before update of queue on wish
for each row when (old.queue is distinct from new.queue) execute function note_queue_move();

create or replace function note_new_wishes() returns trigger language plpgsql as $body$
begin
    insert into wish_move (state, since, change)
    select state, state_since, count(*) from added group by state, state_since;
    insert into queue_move (area, queue, change)
    select area, queue, count(*) from added where queue is not null group by area, queue;
    return null;
end
$body$;

-- A wish that is closed is still a blossom.
create or replace function tree_column(hanging boolean, state text) returns text language sql immutable
as $body$
    select case when not hanging then null
                when state = 'posted' then 'open'
                when state in ('claimed', 'delivered') then 'claimed'
                when state in ('fulfilled', 'closed') then 'fulfilled' end
$body$;
drop index wish_blossoms;
create index wish_blossoms on wish (area, fulfilled_at)
where hanging and state in ('fulfilled', 'closed');

update wish set queue = case state
    when 'submitted' then 'to_verify' when 'verified' then 'to_publish' when 'delivered' then 'to_confirm'
end where state in ('submitted', 'verified', 'delivered');

-- migrate: rollback

drop trigger queue_moves on wish;
drop function note_queue_move;
create or replace function note_new_wishes() returns trigger language plpgsql as $body$
begin
    insert into wish_move (state, since, change)
    select state, state_since, count(*) from added group by state, state_since;
    return null;
end
$body$;
create or replace function tree_column(hanging boolean, state text) returns text language sql immutable
as $body$
    select case when not hanging then null
                when state = 'posted' then 'open'
                when state in ('claimed', 'delivered') then 'claimed'
                when state = 'fulfilled' then 'fulfilled' end
$body$;
drop index wish_blossoms;
create index wish_blossoms on wish (area, fulfilled_at) where hanging and state = 'fulfilled';
drop table queue_tally, queue_move, household_member, qualification, pledge, claim_unit;
alter table beneficiary drop column account_id, drop column household_id;
drop index claim_due, one_claim_per_slot;
alter table claim drop constraint a_question_is_whole, drop constraint claim_state_check,
    drop column slot, drop column contacted_at, drop column warned, drop column extensions,
    drop column asked_until, drop column asked_reason, drop column answer_by, drop column due_at,
    drop column ended_as, drop column ended_at;
alter table claim add constraint claim_state_check check (
    state in ('live', 'delivered', 'done', 'released')
);
alter table wish drop constraint an_offer_is_whole, drop constraint only_what_may_hang_hangs,
    drop constraint wish_state_check, drop column rule_id, drop column may_hang, drop column level,
    drop column offered_kind, drop column offered_id, drop column offered_until,
    drop column programme_id, drop column asks, drop column two_people, drop column callback,
    drop column due_at, drop column queue, drop column queue_since;
alter table wish add constraint wish_state_check check (state in (
    'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'returned', 'withdrawn'
));
drop table category_rule;
drop function terms_stay;
