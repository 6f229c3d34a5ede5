-- outbox, event log, inbox, dead letters, idempotency: the same in every schema
-- depends:

-- migrate: apply

create table outbox (
    shard smallint not null check (shard between 0 and 15),
    id bigint generated always as identity,
    event_id uuid not null,
    topic text not null,
    key text not null,
    headers jsonb not null,
    payload bytea not null,
    created_at timestamptz not null default now(),
    primary key (shard, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table outbox_dead (
    shard smallint not null,
    id bigint not null,
    event_id uuid not null,
    topic text not null,
    key text not null,
    headers jsonb not null,
    payload bytea not null,
    created_at timestamptz not null,
    reason text not null,
    died_at timestamptz not null default now(),
    primary key (shard, id)
);

create table event_log (
    event_id uuid not null,
    topic text not null,
    key text not null,
    headers jsonb not null,
    payload bytea not null,
    created_at timestamptz not null,
    relayed_at timestamptz not null default now()
) partition by range (created_at);

create index event_log_key on event_log (key, created_at);

create table event_log_rest partition of event_log default;

-- The runtime role calls it, but only the owner may create: so its search path is fixed here,
-- and the time zone, so that months of different callers meet without a gap or an overlap.
create function ensure_event_log_partitions() returns void language plpgsql security definer
set search_path from current set timezone = 'Asia/Shanghai' as $body$
declare
    month date := date_trunc('month', now())::date;
begin
    for n in 0..2 loop
        execute format(
            'create table if not exists %I.%I partition of %I.event_log for values from (%L) to (%L)',
            current_schema(), 'event_log_' || to_char(month + make_interval(months => n), 'YYYY_MM'),
            current_schema(), month + make_interval(months => n), month + make_interval(months => n + 1)
        );
    end loop;
end
$body$;

create table inbox (
    event_id uuid not null,
    consumer text not null,
    received_at timestamptz not null default now(),
    primary key (event_id, consumer)
);

create table dead_letter (
    id bigint generated always as identity primary key,
    consumer text not null,
    topic text not null,
    partition integer not null,
    position bigint not null,
    key text not null,
    headers jsonb not null,
    payload bytea,
    culprit boolean not null,
    reason text not null,
    first_seen timestamptz not null default now(),
    resolved_at timestamptz,
    unique (consumer, topic, partition, position)
);

create index dead_letter_open on dead_letter (consumer, key, id) where resolved_at is null;

create table idempotency (
    principal text not null,
    key text not null,
    route text not null,
    request_sha256 bytea not null,
    status smallint,
    etag text,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (principal, key)
);

create index idempotency_age on idempotency (created_at);

-- migrate: rollback

drop table idempotency;
drop table dead_letter;
drop table inbox;
drop function ensure_event_log_partitions;
drop table event_log;
drop table outbox_dead;
drop table outbox;
