-- every count follows from one row a step: no command waits for another's count
-- depends: 0022-places

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- squawk-ignore-file ban-drop-constraint, ban-drop-function

-- In one order with every command and every fold: first the wish, then what is counted of it.
lock table wish in access exclusive mode;
lock table wish_move, queue_move in access exclusive mode;

-- A command adds one row for what it did to a wish, and whoever counts folds them into `wish_tally`,
-- `queue_tally`, `tree_count` and `standing_due`. Before, it wrote to each by itself, and two commands on
-- one tree waited for each other.
create table wish_step (
    area text not null,
    beneficiary_id uuid not null,
    old_category text,
    old_state text,
    old_since timestamptz,
    old_queue text,
    old_hanging boolean,
    category text not null,
    state text not null,
    since timestamptz not null,
    queue text,
    hanging boolean not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Who looks at one tree reads its steps alone, also while a backup keeps all that were folded meanwhile.
create index wish_step_area on wish_step (area);

-- What is counted now. `change` is -1 where a wish left and +1 where it came.
create view wish_change as
select area, old_category as category, old_state as state, old_since as since, old_queue as queue,
    old_hanging as hanging, -1 as change
from wish_step where old_state is not null
union all
select area, category, state, since, queue, hanging, 1 from wish_step;

create view queue_now as
select area, queue, sum(wishes)::bigint as wishes from (
    select area, queue, wishes from queue_tally
    union all
    select area, queue, change from wish_change where queue is not null
) as counted group by area, queue;

create view tree_now as
select area, category, sum(open)::integer as open, sum(claimed)::integer as claimed,
    sum(fulfilled)::integer as fulfilled
from (
    select area, category, open, claimed, fulfilled from tree_count
    union all
    select area, category, case tree_column(hanging, state) when 'open' then change else 0 end,
        case tree_column(hanging, state) when 'claimed' then change else 0 end,
        case tree_column(hanging, state) when 'fulfilled' then change else 0 end
    from wish_change where hanging
) as counted group by area, category;

create or replace function keep_wish() returns trigger language plpgsql as $body$
declare
    broken text := case
        when new.state not in (
            'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned',
            'withdrawn', 'taken_down', 'referred'
        ) then 'wish_state_check'
        when new.queue not in (
            'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
            'to_confirm', 'to_call_back', 'taken_down', 'returned'
        ) then 'wish_queue_check'
        when new.category not in ('goods', 'service', 'companionship', 'skills') then 'wish_category_check'
        when new.channel not in ('online', 'desk', 'visit', 'paper', 'phone') then 'wish_channel_check'
        when new.effort not in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')
            then 'wish_effort_check'
        when new.callback not in ('no', 'due', 'done') then 'wish_callback_check'
        when new.offered_kind not in ('volunteer', 'organisation') then 'wish_offered_kind_check'
        when new.area !~ '^\d{12}$' then 'wish_area_check'
        when new.card_no !~ '^[2-9A-HJKMNP-Z]{4,5}$' then 'wish_card_no_check'
        when new.version < 1 then 'wish_version_check'
        when new.leaf not between 0 and 319 then 'wish_leaf_check'
        when new.level not between 0 and 3 then 'wish_level_check'
        when new.handed_level not between 0 and 3 then 'wish_handed_level_check'
        when new.desk_level not between 0 and 2 then 'wish_desk_level_check'
        when new.open_complaints < 0 then 'wish_open_complaints_check'
        when new.published_by = new.verified_by then 'two_pairs_of_eyes'
        when new.minor and not new.two_people then 'a_child_is_visited_by_two'
        when new.hanging and not new.may_hang then 'only_what_may_hang_hangs'
        when new.hanging and (new.leaf is null or new.title is null) then 'a_card_hangs_somewhere'
        when new.state = 'posted' and not new.hanging then 'what_waits_hangs'
        when (new.proxy_id is null) <> (new.consent_kind is null)
            or (new.proxy_id is null) <> (new.proxy_relation is null) then 'proxy_has_consent'
        when (new.consent_witness is null) <> (new.consent_witness_relation is null) then 'a_witness_is_whole'
        when (new.follows_wish_id is null) <> (new.follow_up_reason is null) then 'follow_up_has_a_reason'
        when (new.offered_id is null) <> (new.offered_until is null)
            or (new.offered_id is null) <> (new.offered_kind is null) then 'an_offer_is_whole'
    end;
begin
    if broken is not null then
        raise check_violation using
            message = format('new row for relation %I violates check constraint %I', tg_table_name, broken),
            constraint = broken, table = tg_table_name, schema = tg_table_schema;
    end if;
    if tg_op = 'INSERT' then
        -- The step stays if an `on conflict do nothing` then leaves the wish out: nobody may insert one so.
        insert into wish_step (area, beneficiary_id, category, state, since, queue, hanging) values
            (new.area, new.beneficiary_id, new.category, new.state, new.state_since, new.queue, new.hanging);
        return new;
    end if;

    -- Whoever was asked and did not answer is not known any more.
    if old.state = 'posted' and new.state <> 'posted' then
        delete from invitation where wish_id = new.id;
    end if;
    if old.state <> new.state then
        new.state_since := now();
    end if;
    if old.queue is distinct from new.queue then
        new.queue_since := case when new.queue is not null then now() end;
    elsif old.state = new.state and old.hanging = new.hanging and old.category = new.category then
        return new;
    end if;
    insert into wish_step (area, beneficiary_id, old_category, old_state, old_since, old_queue, old_hanging,
        category, state, since, queue, hanging)
    values (new.area, new.beneficiary_id, old.category, old.state, old.state_since, old.queue, old.hanging,
        new.category, new.state, new.state_since, new.queue, new.hanging);
    return new;
end
$body$;

drop trigger wishes_are_noted on wish;
drop trigger wish_is_followed on wish;
drop function note_new_wishes();
drop function follow_wish();

-- Steps are folded some at a time, a later one perhaps before an earlier.
alter table tree_count drop constraint no_count_below_zero;

-- Up to so many steps into the counts, and how many there were. One at a time: who waits here has seen
-- what the others folded.
create function fold_steps(at_most integer) returns integer language plpgsql as $body$
declare
    folded integer;
begin
    perform pg_advisory_xact_lock(hashtext('wishtree.wish_step'), 0);
    with gone as (
        delete from wish_step where ctid = any(array(select ctid from wish_step limit at_most)) returning *
    ), change as (
        select area, old_category as category, old_state as state, old_since as since, old_queue as queue,
            old_hanging as hanging, -1 as change
        from gone where old_state is not null
        union all
        select area, category, state, since, queue, hanging, 1 from gone
    ), states as (
        insert into wish_tally as t (state, since, wishes)
        select state, since, sum(change) from (
            -- Of a wish that has ended nobody asks since when: one row for all of them.
            select state, case when state in ('fulfilled', 'closed', 'returned', 'withdrawn')
                then to_timestamp(0) else date_trunc('hour', since) end as since, change
            from change
        ) as hours group by state, since having sum(change) <> 0 order by state, since
        on conflict (state, since) do update set wishes = t.wishes + excluded.wishes
    ), queues as (
        insert into queue_tally as t (area, queue, wishes)
        select area, queue, sum(change) from change
        where queue is not null group by area, queue having sum(change) <> 0 order by area, queue
        on conflict (area, queue) do update set wishes = t.wishes + excluded.wishes
    ), trees as (
        insert into tree_count as t (area, category, open, claimed, fulfilled)
        select area, category, coalesce(sum(change) filter (where shown = 'open'), 0),
            coalesce(sum(change) filter (where shown = 'claimed'), 0),
            coalesce(sum(change) filter (where shown = 'fulfilled'), 0)
        from (select area, category, tree_column(hanging, state) as shown, change from change) as leaves
        where shown is not null group by area, category order by area, category
        on conflict (area, category) do update set open = t.open + excluded.open,
            claimed = t.claimed + excluded.claimed, fulfilled = t.fulfilled + excluded.fulfilled
    ), due as (
        -- Who waits for a wish that has become open, or over, or neither, is looked at again. Person by
        -- person, so that it goes by the key whatever is known of the table.
        insert into standing_due (area, person)
        select distinct lives_in, person from gone cross join lateral (
            select b.area as lives_in, coalesce(b.person_index, uuid_send(b.id)) as person
            from beneficiary b where b.id = gone.beneficiary_id offset 0
        ) as who
        where standing_class(old_state) is distinct from standing_class(state)
    )
    select count(*) into folded from gone;
    delete from wish_tally where wishes = 0;
    delete from queue_tally where wishes = 0;
    return folded;
end
$body$;

-- The tables `wish_move` and `queue_move` stay for this release, empty. Programs of the one before fold
-- them every few seconds: where none of this release runs, they keep the counts by that.
create function fold_for_the_release_before() returns trigger language plpgsql as $body$
begin
    perform fold_steps(10000);
    return null;
end
$body$;

with moved as (delete from wish_move returning state, since, change)
insert into wish_tally as t (state, since, wishes)
select state, since, sum(change) from (
    -- Of a wish that has ended nobody asks since when: one row for all of them.
    select state, change, case when state in ('fulfilled', 'closed', 'returned', 'withdrawn')
        then to_timestamp(0) else date_trunc('hour', since) end as since
    from moved
) as sums group by state, since
on conflict (state, since) do update set wishes = t.wishes + excluded.wishes;
with moved as (delete from queue_move returning area, queue, change)
insert into queue_tally as t (area, queue, wishes)
select area, queue, sum(change) from moved group by area, queue
on conflict (area, queue) do update set wishes = t.wishes + excluded.wishes;

create trigger steps_are_folded before delete on wish_move
for each statement execute function fold_for_the_release_before();

-- migrate: rollback

-- First the commands, then who folds, then who reads: each has the first of these and waits for the rest.
lock table wish in access exclusive mode;
lock table wish_move, queue_move in access exclusive mode;
select pg_advisory_xact_lock(hashtext('wishtree.wish_step'), 0);
-- A view is locked before what it reads, as by its readers.
lock table tree_now, queue_now, wish_change in access exclusive mode;

drop trigger steps_are_folded on wish_move;
drop function fold_for_the_release_before();
drop function fold_steps;

insert into wish_move (state, since, change) select state, since, change from wish_change;
insert into queue_move (area, queue, change)
select area, queue, change from wish_change where queue is not null;
insert into standing_due (area, person)
select b.area, coalesce(b.person_index, uuid_send(b.id))
from wish_step s join beneficiary b on b.id = s.beneficiary_id
where standing_class(s.old_state) is distinct from standing_class(s.state);
create temporary table counted on commit drop as select * from tree_now;
delete from tree_count;
insert into tree_count (area, category, open, claimed, fulfilled)
select area, category, open, claimed, fulfilled from counted;
drop table counted;
alter table tree_count
    add constraint no_count_below_zero check (least(open, claimed, fulfilled) >= 0) not valid;

drop view tree_now;
drop view queue_now;
drop view wish_change;
drop table wish_step;

create or replace function keep_wish() returns trigger language plpgsql as $body$
declare
    broken text := case
        when new.state not in (
            'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned',
            'withdrawn', 'taken_down', 'referred'
        ) then 'wish_state_check'
        when new.queue not in (
            'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
            'to_confirm', 'to_call_back', 'taken_down', 'returned'
        ) then 'wish_queue_check'
        when new.category not in ('goods', 'service', 'companionship', 'skills') then 'wish_category_check'
        when new.channel not in ('online', 'desk', 'visit', 'paper', 'phone') then 'wish_channel_check'
        when new.effort not in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')
            then 'wish_effort_check'
        when new.callback not in ('no', 'due', 'done') then 'wish_callback_check'
        when new.offered_kind not in ('volunteer', 'organisation') then 'wish_offered_kind_check'
        when new.area !~ '^\d{12}$' then 'wish_area_check'
        when new.card_no !~ '^[2-9A-HJKMNP-Z]{4,5}$' then 'wish_card_no_check'
        when new.version < 1 then 'wish_version_check'
        when new.leaf not between 0 and 319 then 'wish_leaf_check'
        when new.level not between 0 and 3 then 'wish_level_check'
        when new.handed_level not between 0 and 3 then 'wish_handed_level_check'
        when new.desk_level not between 0 and 2 then 'wish_desk_level_check'
        when new.open_complaints < 0 then 'wish_open_complaints_check'
        when new.published_by = new.verified_by then 'two_pairs_of_eyes'
        when new.minor and not new.two_people then 'a_child_is_visited_by_two'
        when new.hanging and not new.may_hang then 'only_what_may_hang_hangs'
        when new.hanging and (new.leaf is null or new.title is null) then 'a_card_hangs_somewhere'
        when new.state = 'posted' and not new.hanging then 'what_waits_hangs'
        when (new.proxy_id is null) <> (new.consent_kind is null)
            or (new.proxy_id is null) <> (new.proxy_relation is null) then 'proxy_has_consent'
        when (new.consent_witness is null) <> (new.consent_witness_relation is null) then 'a_witness_is_whole'
        when (new.follows_wish_id is null) <> (new.follow_up_reason is null) then 'follow_up_has_a_reason'
        when (new.offered_id is null) <> (new.offered_until is null)
            or (new.offered_id is null) <> (new.offered_kind is null) then 'an_offer_is_whole'
    end;
begin
    if broken is not null then
        raise check_violation using
            message = format('new row for relation %I violates check constraint %I', tg_table_name, broken),
            constraint = broken, table = tg_table_name, schema = tg_table_schema;
    end if;
    if tg_op = 'INSERT' then
        return new;
    end if;

    if old.state <> new.state then
        new.state_since := now();
        insert into wish_move (state, since, change)
        values (old.state, old.state_since, -1), (new.state, new.state_since, 1);
    end if;
    if old.queue is distinct from new.queue then
        new.queue_since := case when new.queue is not null then now() end;
        if old.queue is not null then
            insert into queue_move (area, queue, change) values (new.area, old.queue, -1);
        end if;
        if new.queue is not null then
            insert into queue_move (area, queue, change) values (new.area, new.queue, 1);
        end if;
    end if;
    return new;
end
$body$;

create function note_new_wishes() returns trigger language plpgsql as $body$
begin
    insert into wish_move (state, since, change)
    select state, state_since, count(*) from added group by state, state_since;
    insert into queue_move (area, queue, change)
    select area, queue, count(*) from added where queue is not null group by area, queue;
    insert into standing_due (area, person)
    select a.area, coalesce(b.person_index, uuid_send(b.id))
    from added a join beneficiary b on b.id = a.beneficiary_id;
    return null;
end
$body$;

create trigger wishes_are_noted after insert on wish
referencing new table as added for each statement execute function note_new_wishes();

create function follow_wish() returns trigger language plpgsql as $body$
declare
    was text := tree_column(old.hanging, old.state);
    is_now text := tree_column(new.hanging, new.state);
    opened integer;
    taken integer;
    bloomed integer;
begin
    -- Whoever was asked and did not answer is not known any more.
    if old.state = 'posted' and new.state <> 'posted' then
        delete from invitation where wish_id = new.id;
    end if;

    if standing_class(old.state) is distinct from standing_class(new.state) then
        insert into standing_due (area, person)
        select b.area, coalesce(b.person_index, uuid_send(b.id)) from beneficiary b
        where b.id = new.beneficiary_id;
    end if;

    -- The counts of its tree come last: their row is shared with all wishes of the kind, and waited for.
    if old.category <> new.category and was is not null then
        -- Both rows in one order: two wishes that cross would wait for each other.
        perform from tree_count where area = new.area and category in (old.category, new.category)
        order by category for update;
        update tree_count set
            open = open - (was = 'open')::int,
            claimed = claimed - (was = 'claimed')::int,
            fulfilled = fulfilled - (was = 'fulfilled')::int
        where area = new.area and category = old.category;
        was := null;
    end if;
    if was is not distinct from is_now then
        return null;
    end if;
    opened := coalesce((is_now = 'open')::int, 0) - coalesce((was = 'open')::int, 0);
    taken := coalesce((is_now = 'claimed')::int, 0) - coalesce((was = 'claimed')::int, 0);
    bloomed := coalesce((is_now = 'fulfilled')::int, 0) - coalesce((was = 'fulfilled')::int, 0);
    loop
        update tree_count
        set open = open + opened, claimed = claimed + taken, fulfilled = fulfilled + bloomed
        where area = new.area and category = new.category;
        exit when found;
        -- Not by upsert: its inserted half would be checked first, with a number below zero.
        insert into tree_count (area, category) values (new.area, new.category) on conflict do nothing;
    end loop;
    return null;
end
$body$;

create trigger wish_is_followed after update of state, hanging, category on wish
for each row execute function follow_wish();
