-- organisations, people, accounts and the member file
-- depends:

-- migrate: apply

create table organisation (
    id uuid primary key,
    kind text not null check (kind in (
        'district', 'street', 'community', 'branch', 'resident_unit', 'social_organisation'
    )),
    name text not null,
    area text not null check (area ~ '^\d{12}$'),
    parent_id uuid references organisation (id),
    uscc text unique,
    unregistered_reason text,
    email text,
    active boolean not null default true,
    version integer not null,
    created_at timestamptz not null,
    unique (area, kind, name)
);

create unique index one_desk_per_area on organisation (area)
where kind in ('district', 'street', 'community');

create sequence volunteer_serial;

create table volunteer (
    id uuid primary key,
    number text unique check (number ~ '^\d{12}$'),
    kind text not null check (kind in ('local', 'guest')),
    area text not null,
    organisation_id uuid references organisation (id),
    state text not null check (state in ('registered', 'approved', 'refused')),
    name bytea not null,
    phone bytea not null,
    phone_index bytea not null,
    party_member bytea,
    skills text[] not null default '{}',
    version integer not null,
    registered_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    constraint a_number_follows_approval check ((number is not null) = (state = 'approved'))
);

create unique index one_account_per_phone on volunteer (phone_index) where state <> 'refused';
create index volunteer_list on volunteer (area, id);

create table affiliation (
    volunteer_id uuid not null references volunteer (id),
    organisation_id uuid not null references organisation (id),
    kind text not null check (kind in ('home', 'work', 'social')),
    since timestamptz not null,
    primary key (volunteer_id, organisation_id, kind)
);

create table staff (
    id uuid primary key,
    login text not null unique,
    name bytea not null,
    password_hash text not null,
    totp_secret bytea not null,
    last_totp_step bigint not null default 0,
    failures smallint not null default 0,
    locked_until timestamptz,
    active boolean not null default true
);

create table staff_role (
    staff_id uuid not null references staff (id),
    role text not null check (role in (
        'community_worker', 'street_officer', 'district_operator', 'auditor', 'branch_secretary',
        'unit_contact'
    )),
    area text not null,
    organisation_id uuid references organisation (id),
    unique nulls not distinct (staff_id, role, area, organisation_id)
);

create table sign_in_code (
    phone_index bytea primary key,
    code_hash bytea not null,
    expires_at timestamptz not null,
    tries smallint not null default 0,
    window_start timestamptz not null,
    sent smallint not null
);

create table refresh_token (
    token_hash bytea primary key,
    family uuid not null,
    subject uuid not null,
    kind text not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create index refresh_token_family on refresh_token (family);

create table service_client (
    id text primary key,
    subject uuid not null unique,
    secret_hash text not null
);

create table signing_key (
    kid text primary key,
    person_id uuid not null,
    private bytea not null,
    created_at timestamptz not null
);

create table claim_seen (
    claim_id uuid primary key,
    wish_id uuid not null,
    beneficiary_id uuid not null
);

create table contact_card (
    volunteer_id uuid not null,
    claim_id uuid not null,
    beneficiary_id uuid not null,
    wish_id uuid not null,
    since timestamptz not null,
    until timestamptz,
    event_id uuid not null,
    primary key (volunteer_id, claim_id)
);

create table activity_card (
    volunteer_id uuid not null,
    source_event_id uuid not null,
    wish_id uuid not null,
    category text not null,
    part text not null check (part in ('lead', 'helper', 'member')),
    minutes integer not null,
    at timestamptz not null,
    primary key (volunteer_id, source_event_id)
);

create table feedback_card (
    volunteer_id uuid not null,
    event_id uuid not null,
    wish_id uuid not null,
    fact text not null check (fact in ('fulfilled', 'fit', 'reopened')),
    at timestamptz not null,
    primary key (volunteer_id, event_id)
);

create table savings_line (
    volunteer_id uuid not null,
    event_id uuid not null,
    wish_id uuid not null,
    points integer not null,
    minutes integer not null,
    gift_value_fen bigint not null,
    at timestamptz not null,
    primary key (volunteer_id, event_id)
);

-- migrate: rollback

drop table savings_line, feedback_card, activity_card, contact_card, claim_seen, signing_key,
    service_client, refresh_token, sign_in_code, staff_role, staff, affiliation, volunteer, organisation;
drop sequence volunteer_serial;
