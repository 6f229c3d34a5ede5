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

create table part (thing_id uuid constraint part_of_a_thing references thing (id));

-- migrate: rollback

drop table part, effect;
drop table thing;
