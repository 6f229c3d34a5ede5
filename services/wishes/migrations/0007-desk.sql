-- the desk: overrules, checks, hand-over, likenesses, buildings, who waits and who was helped
-- depends: 0006-rights

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table wish add column handed_level smallint not null default 0 check (handed_level between 0 and 3);

-- Fields of a card that the detector found something in, and that two people say may hang all the same.
-- The fingerprint is a keyed hash of the wish, the field, its exact text, the kind and the place: any
-- other text is another fingerprint. What was read there is sealed with the key of who wished.
create table overrule (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    field text not null check (field in ('title', 'note')),
    kind text not null,
    first smallint not null check (first > 0),
    last smallint not null check (last >= first),
    fingerprint bytea not null,
    card_text bytea,
    remark bytea,
    reason text not null,
    asked_by uuid not null,
    asked_at timestamptz not null,
    answer text check (answer in ('yes', 'no')),
    answered_by uuid,
    answered_at timestamptz,
    constraint two_people_overrule check (answered_by <> asked_by),
    constraint an_answer_is_whole check (
        (answer is null) = (answered_by is null) and (answer is null) = (answered_at is null)
    )
);
create unique index overrule_once on overrule (wish_id, fingerprint) where answer is distinct from 'no';
create index overrule_wish on overrule (wish_id, id);

-- What was done to check a wish, call by call and visit by visit. Codes only.
create table verification_step (
    wish_id uuid not null,
    at timestamptz not null,
    line smallint not null,
    method text not null check (method in ('phone', 'visit')),
    done_at timestamptz not null,
    spoke_with text not null,
    seen text[] not null,
    primary key (wish_id, at, line),
    foreign key (wish_id, at) references verification (wish_id, at)
);

create table hand_over (
    wish_id uuid not null references wish (id),
    level smallint not null check (level between 1 and 3),
    handed_to text not null,
    note text not null,
    by_id uuid not null,
    at timestamptz not null,
    primary key (wish_id, level)
);

-- What a human has said of two wishes that look alike; asked once. `set_aside`: the one that was written
-- down twice.
create table likeness (
    one uuid not null references wish (id),
    other uuid not null references wish (id),
    set_aside uuid check (set_aside in (one, other)),
    by_id uuid not null,
    at timestamptz not null,
    primary key (one, other),
    constraint in_order check (one < other)
);
create index likeness_other on likeness (other);

create table building (
    id uuid primary key,
    area text not null check (area ~ '^\d{12}$'),
    name text not null,
    added_by uuid not null,
    added_at timestamptz not null,
    unique (area, id),
    constraint building_name unique (area, name)
);

-- Keyed hashes to find the same person by; `to_index`: entered before there were any.
alter table beneficiary
    add column building_id uuid,
    add column phone_index bytea,
    add column address_index bytea,
    add column person_index bytea,
    add column to_index boolean not null default true;
alter table beneficiary alter column to_index set default false;
alter table beneficiary add constraint beneficiary_building
    foreign key (area, building_id) references building (area, id) not valid;
alter table beneficiary validate constraint beneficiary_building;
create index beneficiary_phone on beneficiary (phone_index) where phone_index is not null;
create index beneficiary_address on beneficiary (address_index) where address_index is not null;
create index beneficiary_person on beneficiary (area, coalesce(person_index, uuid_send(id)));
-- The newest wishes of one person: without the id in it, the newest of all might be walked through.
create index wish_person on wish (beneficiary_id, id);
drop index wish_beneficiary;
create index beneficiary_to_index on beneficiary (created_at) where to_index;

-- One row a person who waits or was served in the last year. Commands only say whose row is to be
-- looked at again; whoever counts does that, and keeps the sums.
create table standing_due (
    area text not null,
    person bytea not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table standing (
    area text not null,
    person bytea not null,
    bucket text not null,
    open integer not null,
    in_year integer not null,
    since timestamptz not null,
    wish_id uuid not null,
    changes_at timestamptz,
    primary key (area, person)
);
create index standing_list on standing (area, bucket, since, wish_id);
create index standing_changes on standing (changes_at) where changes_at is not null;

create table beneficiary_tally (
    area text not null,
    bucket text not null,
    people bigint not null check (people >= 0),
    primary key (area, bucket)
);

create function standing_class(state text) returns text language sql immutable as $body$
    select case when state in ('submitted', 'verified', 'posted', 'claimed', 'delivered', 'taken_down')
                then 'open'
                when state in ('fulfilled', 'closed') then 'over' end
$body$;

create function note_new_standings() returns trigger language plpgsql as $body$
begin
    insert into standing_due (area, person)
    select a.area, coalesce(b.person_index, uuid_send(b.id))
    from added a join beneficiary b on b.id = a.beneficiary_id;
    return null;
end
$body$;

create trigger new_wishes_stand after insert on wish
referencing new table as added for each statement execute function note_new_standings();

create function note_standing() returns trigger language plpgsql as $body$
begin
    insert into standing_due (area, person)
    select b.area, coalesce(b.person_index, uuid_send(b.id)) from beneficiary b
    where b.id = new.beneficiary_id;
    return null;
end
$body$;

create trigger wish_stands after update of state on wish
for each row when (standing_class(old.state) is distinct from standing_class(new.state))
execute function note_standing();

-- Found out to be somebody who is known, or erased: both rows are looked at again.
create function note_same_person() returns trigger language plpgsql as $body$
begin
    insert into standing_due (area, person) values
        (old.area, coalesce(old.person_index, uuid_send(old.id))),
        (new.area, coalesce(new.person_index, uuid_send(new.id)));
    return null;
end
$body$;

create trigger person_is_known after update of person_index on beneficiary
for each row when (old.person_index is distinct from new.person_index)
execute function note_same_person();

insert into standing_due (area, person) select area, coalesce(person_index, uuid_send(id)) from beneficiary;

-- migrate: rollback

drop trigger person_is_known on beneficiary;
drop trigger wish_stands on wish;
drop trigger new_wishes_stand on wish;
drop function note_same_person, note_standing, note_new_standings;
drop table beneficiary_tally, standing, standing_due;
drop function standing_class;
create index wish_beneficiary on wish (beneficiary_id);
drop index wish_person, beneficiary_to_index, beneficiary_person, beneficiary_address, beneficiary_phone;
alter table beneficiary drop constraint beneficiary_building;
alter table beneficiary drop column to_index, drop column person_index, drop column address_index,
    drop column phone_index, drop column building_id;
drop table building, likeness, hand_over, verification_step, overrule;
alter table wish drop column handed_level;
