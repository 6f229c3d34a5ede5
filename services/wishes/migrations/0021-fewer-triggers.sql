-- what each write of a wish runs: words known by functions, and one trigger where there were three
-- depends: 0020-while-old-ran

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Each is dropped and made again in this one transaction, and no program calls a trigger's function.
-- squawk-ignore-file ban-drop-constraint, ban-drop-function

-- A check is read from its text, planned and set up anew by every statement that writes to its table, and
-- a list of words is the longest text of all: those of `wish` took a quarter of the time of its update.
-- What a function is made of is kept with the connection.
create function is_wish_state(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in (
        'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned',
        'withdrawn', 'taken_down', 'referred'
    );
end
$body$;

create function is_queue(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in (
        'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
        'to_confirm', 'to_call_back', 'taken_down', 'returned'
    );
end
$body$;

create function is_category(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('goods', 'service', 'companionship', 'skills');
end
$body$;

create function is_channel(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('online', 'desk', 'visit', 'paper', 'phone');
end
$body$;

create function is_effort(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item');
end
$body$;

create function is_callback(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('no', 'due', 'done');
end
$body$;

create function is_giver_kind(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('volunteer', 'organisation');
end
$body$;

create function is_claim_state(word text) returns boolean language plpgsql immutable strict parallel safe as $body$
begin
    return word in ('live', 'contacted', 'delivered', 'done', 'released');
end
$body$;

-- Not valid and never validated: what is there went through the same words.
alter table wish
    drop constraint wish_state_check,
    drop constraint wish_queue_check,
    drop constraint wish_category_check,
    drop constraint wish_channel_check,
    drop constraint wish_effort_check,
    drop constraint wish_callback_check,
    drop constraint wish_offered_kind_check;
alter table wish
    add constraint wish_state_check check (is_wish_state(state)) not valid,
    add constraint wish_queue_check check (is_queue(queue)) not valid,
    add constraint wish_category_check check (is_category(category)) not valid,
    add constraint wish_channel_check check (is_channel(channel)) not valid,
    add constraint wish_effort_check check (is_effort(effort)) not valid,
    add constraint wish_callback_check check (is_callback(callback)) not valid,
    add constraint wish_offered_kind_check check (is_giver_kind(offered_kind)) not valid;
alter table claim
    drop constraint claim_state_check,
    drop constraint claim_claimant_kind_check;
alter table claim
    add constraint claim_state_check check (is_claim_state(state)) not valid,
    add constraint claim_claimant_kind_check check (is_giver_kind(claimant_kind)) not valid;

alter table tree_count
    drop constraint tree_count_open_check,
    drop constraint tree_count_claimed_check,
    drop constraint tree_count_fulfilled_check;
alter table tree_count
    add constraint no_count_below_zero check (least(open, claimed, fulfilled) >= 0) not valid;

-- A condition of a trigger is read and set up anew as well, whether it holds or not. An `if` in a function
-- that is kept costs next to nothing.
drop trigger queue_moves on wish;
drop trigger wish_moves on wish;
drop function note_queue_move();

create or replace function note_wish_move() returns trigger language plpgsql as $body$
begin
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

create trigger wish_moves before update of state, queue on wish
for each row execute function note_wish_move();

drop trigger new_wishes_stand on wish;
drop function note_new_standings();

create or replace function note_new_wishes() returns trigger language plpgsql as $body$
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

drop trigger invitations_end on wish;
drop trigger wish_counts on wish;
drop trigger wish_stands on wish;
drop function forget_invitations();
drop function count_tree();
drop function note_standing();

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

-- migrate: rollback

drop trigger wish_is_followed on wish;
drop trigger wish_moves on wish;
drop function follow_wish();

create or replace function note_wish_move() returns trigger language plpgsql as $body$
begin
    new.state_since := now();
    insert into wish_move (state, since, change)
    values (old.state, old.state_since, -1), (new.state, new.state_since, 1);
    return new;
end
$body$;

create trigger wish_moves before update of state on wish
for each row when (old.state is distinct from new.state) execute function note_wish_move();

create function note_queue_move() returns trigger language plpgsql as $body$
begin
    new.queue_since := case when new.queue is not null then now() end;
    insert into queue_move (area, queue, change)
    select new.area, queue, change from (values (old.queue, -1), (new.queue, 1)) as moved (queue, change)
    where queue is not null;
    return new;
end
$body$;

create trigger queue_moves before update of queue on wish
for each row when (old.queue is distinct from new.queue) execute function note_queue_move();

create or replace function note_new_wishes() returns trigger language plpgsql as $body$
begin
    insert into wish_move (state, since, change)
    select state, state_since, count(*) from added group by state, state_since;
    insert into queue_move (area, queue, change)
    select area, queue, count(*) from added where queue is not null group by area, queue;
    return null;
end
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

create function forget_invitations() returns trigger language plpgsql as $body$
begin
    delete from invitation where wish_id = new.id;
    return null;
end
$body$;

create trigger invitations_end after update of state on wish
for each row when (old.state = 'posted' and new.state <> 'posted') execute function forget_invitations();

create function count_tree() returns trigger language plpgsql as $body$
declare
    was text := tree_column(old.hanging, old.state);
    is_now text := tree_column(new.hanging, new.state);
begin
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
    loop
        update tree_count set
            open = open + (is_now is not distinct from 'open')::int - (was is not distinct from 'open')::int,
            claimed = claimed + (is_now is not distinct from 'claimed')::int
                - (was is not distinct from 'claimed')::int,
            fulfilled = fulfilled + (is_now is not distinct from 'fulfilled')::int
                - (was is not distinct from 'fulfilled')::int
        where area = new.area and category = new.category;
        exit when found;
        -- Not by upsert: its inserted half would be checked first, with a number below zero.
        insert into tree_count (area, category) values (new.area, new.category) on conflict do nothing;
    end loop;
    return null;
end
$body$;

create trigger wish_counts after update of state, hanging, category on wish
for each row execute function count_tree();

alter table tree_count drop constraint no_count_below_zero;
alter table tree_count
    add constraint tree_count_open_check check (open >= 0),
    add constraint tree_count_claimed_check check (claimed >= 0),
    add constraint tree_count_fulfilled_check check (fulfilled >= 0);

alter table wish
    drop constraint wish_state_check,
    drop constraint wish_queue_check,
    drop constraint wish_category_check,
    drop constraint wish_channel_check,
    drop constraint wish_effort_check,
    drop constraint wish_callback_check,
    drop constraint wish_offered_kind_check;
alter table wish
    add constraint wish_state_check check (state in (
        'submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned',
        'withdrawn', 'taken_down', 'referred'
    )),
    add constraint wish_queue_check check (queue in (
        'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
        'to_confirm', 'to_call_back', 'taken_down', 'returned'
    )),
    add constraint wish_category_check check (category in ('goods', 'service', 'companionship', 'skills')),
    add constraint wish_channel_check check (channel in ('online', 'desk', 'visit', 'paper', 'phone')),
    add constraint wish_effort_check check (effort in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')),
    add constraint wish_callback_check check (callback in ('no', 'due', 'done')),
    add constraint wish_offered_kind_check check (offered_kind in ('volunteer', 'organisation'));
alter table claim
    drop constraint claim_state_check,
    drop constraint claim_claimant_kind_check;
alter table claim
    add constraint claim_state_check check (state in ('live', 'contacted', 'delivered', 'done', 'released')),
    add constraint claim_claimant_kind_check check (claimant_kind in ('volunteer', 'organisation'));
drop function is_wish_state;
drop function is_queue;
drop function is_category;
drop function is_channel;
drop function is_effort;
drop function is_callback;
drop function is_giver_kind;
drop function is_claim_state;
