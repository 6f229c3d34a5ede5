-- intake: drafts, attachments, proxies and guardians with their evidence, children, own accounts
-- depends: 0004-whole-lives

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table beneficiary add column born bytea;

alter table wish
    add column author_id uuid,
    add column minor boolean not null default false,
    add column answers bytea,
    add column consent_witness bytea,
    add column consent_witness_relation text;
alter table wish add constraint a_child_is_visited_by_two check (two_people or not minor);
alter table wish add constraint a_witness_is_whole check (
    (consent_witness is null) = (consent_witness_relation is null)
);
create index wish_author on wish (author_id, id desc) where author_id is not null;

create index category_rule_of_category on category_rule (category, id desc);

create table guardian_consent (
    wish_id uuid primary key references wish (id),
    name bytea not null,
    phone bytea,
    relation text not null check (relation in ('parent', 'grandparent', 'other')),
    kind text not null check (kind in ('paper_photo', 'voice', 'witness', 'spoken')),
    reference bytea,
    witness bytea,
    witness_relation text,
    given_at timestamptz not null,
    noted_by uuid not null,
    noted_at timestamptz not null,
    check ((witness is null) = (witness_relation is null))
);

-- Sealed with the key of the person who wishes: `size` is what was sealed, `sha256` is of `sealed`. A
-- photo that is written anew may grow a little over the 5 MiB that are taken.
create table attachment (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    purpose text not null check (purpose in (
        'card', 'need', 'proxy_consent', 'guardian_consent', 'delivery'
    )),
    kind text not null check (kind in (
        'image/jpeg', 'image/png', 'image/webp', 'application/pdf', 'audio/mp4', 'audio/aac',
        'audio/mpeg', 'audio/ogg', 'audio/wav', 'audio/amr'
    )),
    size integer not null check (size between 1 and 6291456),
    sha256 bytea not null,
    sealed bytea not null,
    shows_person boolean not null default false,
    uploaded_by uuid not null,
    at timestamptz not null,
    constraint a_seal_is_so_long check (octet_length(sealed) = size + 28),
    constraint what_is_kept_is_what_came check (sha256 = sha256(sealed))
);
-- What is sealed cannot be made smaller: do not try.
alter table attachment alter column sealed set storage external;
create index attachment_wish on attachment (wish_id, id);

-- Sealed with the key of the person it will be about, which is destroyed when it is discarded.
create table draft (
    id uuid primary key,
    beneficiary_id uuid not null unique,
    author_id uuid not null,
    area text not null check (area ~ '^\d{12}$'),
    channel text not null check (channel in ('online', 'desk', 'visit', 'paper', 'phone')),
    content bytea not null,
    revision integer not null check (revision > 0),
    event_id uuid not null,
    drafted_at timestamptz not null,
    changed_at timestamptz not null,
    discard_at timestamptz not null
);
create index draft_author on draft (author_id, id desc);
create index draft_due on draft (discard_at);

-- Staff who want to look at the data of a child: another one says yes, and then it is one look.
create table access_request (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    area text not null,
    purpose text not null,
    asked_by uuid not null,
    asked_at timestamptz not null,
    until timestamptz not null,
    approved_by uuid,
    approved_at timestamptz,
    used_at timestamptz,
    constraint a_second_person_approves check (approved_by <> asked_by),
    constraint an_approval_is_whole check ((approved_by is null) = (approved_at is null)),
    constraint only_what_is_approved_is_used check (used_at is null or approved_at is not null)
);
create index access_request_wish on access_request (wish_id, asked_by);
create index access_request_open on access_request (area, until, id) where approved_at is null;

create index beneficiary_account on beneficiary (account_id) where account_id is not null;

-- migrate: rollback

drop index beneficiary_account;
drop table access_request, draft, attachment, guardian_consent;
drop index category_rule_of_category, wish_author;
alter table wish drop constraint a_witness_is_whole, drop constraint a_child_is_visited_by_two,
    drop column author_id, drop column minor, drop column answers, drop column consent_witness,
    drop column consent_witness_relation;
alter table beneficiary drop column born;
