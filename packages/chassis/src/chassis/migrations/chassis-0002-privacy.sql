-- keys of persons and the chain of reveals
-- depends: chassis-0001-messages

-- migrate: apply

create table person_key (
    person_id uuid primary key,
    algorithm text not null check (algorithm in ('AES-256-GCM', 'SM4-GCM')),
    wrapped bytea,
    created_at timestamptz not null default now(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);

create table reveal_audit (
    seq bigint primary key check (seq > 0),
    person_id uuid not null,
    by_id uuid not null,
    by_kind text not null,
    fields text[] not null,
    purpose text not null,
    at timestamptz not null,
    previous bytea not null,
    hash bytea not null unique
);

create index reveal_audit_person on reveal_audit (person_id, seq desc);

create table reveal_head (
    only_one boolean primary key default true check (only_one),
    seq bigint not null,
    hash bytea not null
);

insert into reveal_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

create function refuse_change() returns trigger language plpgsql as $body$
begin
    raise exception 'append-only: %', tg_table_name using errcode = 'insufficient_privilege';
end
$body$;

create trigger reveal_audit_append_only before update or delete or truncate on reveal_audit
for each statement execute function refuse_change();

do $body$
begin
    execute format('revoke update, delete, truncate on reveal_audit from %I', current_schema());
    execute format('revoke insert, delete, truncate on reveal_head from %I', current_schema());
end
$body$;

-- migrate: rollback

drop table reveal_head;
drop table reveal_audit;
drop table person_key;
drop function refuse_change;
