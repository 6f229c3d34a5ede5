-- messages, who was told, and what is known of units and volunteers
-- depends:

-- migrate: apply

create table unit (
    id uuid primary key,
    kind text not null,
    area text not null,
    active boolean not null
);

create index unit_desk on unit (area) where kind = 'community' and active;

create table member (
    id uuid primary key,
    area text not null
);

create table membership (
    volunteer_id uuid not null,
    unit_id uuid not null,
    primary key (volunteer_id, unit_id)
);

create table wish_known (
    wish_id uuid primary key,
    area text not null,
    beneficiary_id uuid not null
);

create table message (
    id uuid primary key,
    source_event_id uuid not null,
    recipient_kind text not null check (recipient_kind in ('resident', 'volunteer', 'organisation')),
    recipient_id uuid not null,
    area text not null,
    template text not null,
    details jsonb not null,
    channel text not null check (channel in ('inbox', 'sms', 'email', 'phone')),
    state text not null check (state in ('pending', 'delivered', 'failed', 'phone_list')),
    wish_id uuid,
    correlation_id text not null,
    tries smallint not null default 0,
    next_try_at timestamptz,
    reason text,
    version smallint not null default 0,
    created_at timestamptz not null,
    delivered_at timestamptz,
    read_at timestamptz,
    constraint told_once unique (source_event_id, recipient_kind, recipient_id),
    constraint pending_has_a_time check ((state = 'pending') = (next_try_at is not null))
);

create index message_due on message (next_try_at) where state = 'pending';
create index message_inbox on message (recipient_id, id desc);
create index message_wish on message (wish_id, id desc);
create index message_phone_list on message (area, id) where state = 'phone_list';

create table phone_call (
    message_id uuid not null references message (id),
    at timestamptz not null,
    by_id uuid not null,
    outcome text not null check (outcome in ('reached', 'no_answer')),
    primary key (message_id, at)
);

-- migrate: rollback

drop table phone_call, message, wish_known, membership, member, unit;
