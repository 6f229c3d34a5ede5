-- how many wishes are in each state, and since when
-- depends: 0001-wishes

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table wish add column state_since timestamptz not null default now();

update wish w set state_since = coalesce(
    (select max(h.at) from wish_history h where h.wish_id = w.id), w.submitted_at
) where w.state not in ('fulfilled', 'returned', 'withdrawn');

-- Commands only add rows here, and whoever counts folds them into the tally: a counter that every
-- command had to change would let one command through at a time.
create table wish_move (
    state text not null,
    since timestamptz not null,
    change bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table wish_tally (
    state text not null,
    since timestamptz not null,
    wishes bigint not null,
    primary key (state, since)
);

insert into wish_move (state, since, change)
select state, state_since, count(*) from wish group by state, state_since;

create function note_new_wishes() returns trigger language plpgsql as $body$
begin
    insert into wish_move (state, since, change)
    select state, state_since, count(*) from added group by state, state_since;
    return null;
end
$body$;

create trigger wishes_are_noted after insert on wish
referencing new table as added for each statement execute function note_new_wishes();

create function note_wish_move() returns trigger language plpgsql as $body$
begin
    new.state_since := now();
    insert into wish_move (state, since, change)
    values (old.state, old.state_since, -1), (new.state, new.state_since, 1);
    return new;
end
$body$;

create trigger wish_moves before update of state on wish
for each row when (old.state is distinct from new.state) execute function note_wish_move();

-- migrate: rollback

drop trigger wish_moves on wish;
drop trigger wishes_are_noted on wish;
drop function note_wish_move, note_new_wishes;
drop table wish_tally, wish_move;
alter table wish drop column state_since;
