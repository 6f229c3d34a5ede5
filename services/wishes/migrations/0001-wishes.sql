-- wishes, claims, beneficiaries and who may claim
-- depends:

-- migrate: apply

create table giver (
    id uuid primary key,
    kind text not null check (kind in ('volunteer', 'organisation')),
    active boolean not null
);

create table membership (
    organisation_id uuid not null,
    volunteer_id uuid not null,
    primary key (organisation_id, volunteer_id)
);

create table beneficiary (
    id uuid primary key,
    area text not null,
    name bytea not null,
    phone bytea,
    address bytea not null,
    created_at timestamptz not null
);

create table wish (
    id uuid primary key,
    card_no text not null unique check (card_no ~ '^[2-9A-HJKMNP-Z]{4}$'),
    code_hash bytea not null,
    area text not null check (area ~ '^\d{12}$'),
    category text not null check (category in ('goods', 'service', 'companionship', 'skills')),
    channel text not null check (channel in ('online', 'desk', 'visit', 'paper', 'phone')),
    effort text check (effort in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')),
    state text not null check (state in (
        'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'returned', 'withdrawn'
    )),
    version integer not null check (version > 0),
    beneficiary_id uuid not null references beneficiary (id),
    words bytea not null,
    proxy_id uuid,
    proxy_name bytea,
    proxy_phone bytea,
    proxy_relation text,
    consent_kind text,
    consent_reference bytea,
    consent_given_at timestamptz,
    follows_wish_id uuid references wish (id),
    follow_up_reason text,
    title text,
    note text,
    verified_by uuid,
    published_by uuid,
    leaf smallint check (leaf between 0 and 319),
    hanging boolean not null default false,
    submitted_at timestamptz not null,
    posted_at timestamptz,
    fulfilled_at timestamptz,
    fulfilled_event_id uuid,
    constraint two_pairs_of_eyes check (published_by <> verified_by),
    constraint a_card_hangs_somewhere check (not hanging or (leaf is not null and title is not null)),
    constraint proxy_has_consent check (
        (proxy_id is null) = (consent_kind is null) and (proxy_id is null) = (proxy_relation is null)
    ),
    constraint follow_up_has_a_reason check ((follows_wish_id is null) = (follow_up_reason is null))
);

create unique index wish_leaf on wish (area, leaf) where hanging;
create index wish_area on wish (area, id desc);
create index wish_queue on wish (area, state, id desc);
create index wish_blossoms on wish (area, fulfilled_at) where hanging and state = 'fulfilled';
create index wish_tree on wish (area, posted_at desc, id desc) where hanging and state = 'posted';
create index wish_beneficiary on wish (beneficiary_id);
create index wish_follows on wish (follows_wish_id) where follows_wish_id is not null;

create table claim (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    state text not null check (state in ('live', 'delivered', 'done', 'released')),
    claimant_kind text not null check (claimant_kind in ('volunteer', 'organisation')),
    claimant_id uuid not null,
    claimed_by uuid not null,
    contact_by timestamptz not null,
    fulfil_by timestamptz not null,
    claimed_at timestamptz not null,
    delivered_at timestamptz
);

create unique index one_live_claim on claim (wish_id) where state <> 'released';
create index claim_wish on claim (wish_id);
create index claim_claimant on claim (claimant_id, claimed_at desc);

create table claim_helper (
    claim_id uuid not null references claim (id),
    volunteer_id uuid not null,
    joined_at timestamptz not null,
    primary key (claim_id, volunteer_id)
);

create table gift (
    claim_id uuid not null references claim (id),
    line smallint not null,
    giver_kind text not null,
    giver_id uuid not null,
    item text not null,
    name bytea not null,
    quantity integer not null check (quantity > 0),
    value_fen integer not null check (value_fen >= 0),
    primary key (claim_id, line)
);

create table service (
    claim_id uuid not null references claim (id),
    volunteer_id uuid not null,
    minutes integer not null check (minutes >= 0),
    primary key (claim_id, volunteer_id)
);

create table verification (
    wish_id uuid not null references wish (id),
    at timestamptz not null,
    verified_by uuid not null,
    method text not null check (method in ('phone', 'visit')),
    identity_checked boolean not null,
    need_checked boolean not null,
    consent_checked boolean not null,
    primary key (wish_id, at)
);

create table confirmation (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    claim_id uuid not null references claim (id),
    method text not null check (method in ('code', 'call', 'visit')),
    answer text not null check (answer in ('satisfied', 'unsatisfied', 'unsure')),
    reason text,
    by_id uuid,
    witness_name bytea,
    witness_relation text,
    note bytea,
    at timestamptz not null,
    constraint a_call_or_visit_is_logged check (
        method = 'code' or (by_id is not null and witness_name is not null)
    )
);

create index confirmation_wish on confirmation (wish_id, at);

create table wish_history (
    wish_id uuid not null references wish (id),
    version integer not null,
    event_id uuid not null unique,
    event text not null,
    by_id uuid,
    at timestamptz not null,
    primary key (wish_id, version)
);

create table card_tries (
    card_no text primary key,
    tries integer not null,
    locked_until timestamptz
);

-- One row, so that a wish that goes from one column to the other locks one row: two would deadlock.
create table tree_count (
    area text not null,
    category text not null,
    open integer not null default 0 check (open >= 0),
    claimed integer not null default 0 check (claimed >= 0),
    fulfilled integer not null default 0 check (fulfilled >= 0),
    primary key (area, category)
);

create function tree_column(hanging boolean, state text) returns text language sql immutable as $body$
    select case when not hanging then null
                when state = 'posted' then 'open'
                when state in ('claimed', 'delivered') then 'claimed'
                when state = 'fulfilled' then 'fulfilled' end
$body$;

create function count_tree() returns trigger language plpgsql as $body$
declare
    was text := tree_column(old.hanging, old.state);
    is_now text := tree_column(new.hanging, new.state);
begin
    if was is not distinct from is_now then
        return null;
    end if;
    -- Not by upsert: its inserted half would be checked first, with a number below zero.
    insert into tree_count (area, category) values (new.area, new.category) on conflict do nothing;
    update tree_count set
        open = open + (is_now is not distinct from 'open')::int - (was is not distinct from 'open')::int,
        claimed = claimed + (is_now is not distinct from 'claimed')::int
            - (was is not distinct from 'claimed')::int,
        fulfilled = fulfilled + (is_now is not distinct from 'fulfilled')::int
            - (was is not distinct from 'fulfilled')::int
    where area = new.area and category = new.category;
    return null;
end
$body$;

create trigger wish_counts after update of state, hanging on wish
for each row execute function count_tree();

-- migrate: rollback

drop table tree_count, card_tries, wish_history, confirmation, verification, service, gift,
    claim_helper, claim, wish, beneficiary, membership, giver;
drop function count_tree;
drop function tree_column;
