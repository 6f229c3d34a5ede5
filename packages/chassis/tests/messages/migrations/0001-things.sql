-- a thing with a version, and what a consumer did with its events
-- depends: chassis-0002-privacy

-- migrate: apply

create table thing (id uuid primary key, version bigint not null);

create table effect (
    position bigint generated always as identity primary key,
    event_id uuid not null unique,
    key uuid not null,
    version bigint not null
);

-- migrate: rollback

drop table effect;
drop table thing;
