-- what each write of a wish runs: one list of what no wish and no claim can be, one trigger where there were three
-- depends: 0020-while-old-ran

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Each is dropped and made again in this one transaction, and no program calls a trigger's function.
-- squawk-ignore-file ban-drop-constraint, ban-drop-function

-- A check, and a condition of a trigger, is read from its text, planned and set up anew by every statement
-- that writes to its table: those of `wish` and `claim` took a fifth of the time that PostgreSQL spent
-- on a claim. What a function is made of is kept with the connection. See docs/decisions/0022-checks-by-trigger.md.
drop trigger queue_moves on wish;
drop trigger wish_moves on wish;
drop function note_queue_move();
drop function note_wish_move();

create function keep_wish() returns trigger language plpgsql as $body$
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

create trigger wish_is_kept before insert or update on wish
for each row execute function keep_wish();

alter table wish
    drop constraint a_card_hangs_somewhere,
    drop constraint a_child_is_visited_by_two,
    drop constraint a_witness_is_whole,
    drop constraint an_offer_is_whole,
    drop constraint follow_up_has_a_reason,
    drop constraint only_what_may_hang_hangs,
    drop constraint proxy_has_consent,
    drop constraint two_pairs_of_eyes,
    drop constraint what_waits_hangs,
    drop constraint wish_area_check,
    drop constraint wish_callback_check,
    drop constraint wish_card_no_check,
    drop constraint wish_category_check,
    drop constraint wish_channel_check,
    drop constraint wish_desk_level_check,
    drop constraint wish_effort_check,
    drop constraint wish_handed_level_check,
    drop constraint wish_leaf_check,
    drop constraint wish_level_check,
    drop constraint wish_offered_kind_check,
    drop constraint wish_open_complaints_check,
    drop constraint wish_queue_check,
    drop constraint wish_state_check,
    drop constraint wish_version_check;

create function keep_claim() returns trigger language plpgsql as $body$
declare
    broken text := case
        when new.state not in ('live', 'contacted', 'delivered', 'done', 'released') then 'claim_state_check'
        when new.claimant_kind not in ('volunteer', 'organisation') then 'claim_claimant_kind_check'
        when new.warned not between 0 and 2 then 'claim_warned_check'
        when new.extensions < 0 then 'claim_extensions_check'
        when (new.asked_until is null) <> (new.asked_reason is null) then 'a_question_is_whole'
    end;
begin
    if broken is not null then
        raise check_violation using
            message = format('new row for relation %I violates check constraint %I', tg_table_name, broken),
            constraint = broken, table = tg_table_name, schema = tg_table_schema;
    end if;
    return new;
end
$body$;

create trigger claim_is_kept before insert or update on claim
for each row execute function keep_claim();

alter table claim
    drop constraint claim_state_check,
    drop constraint claim_claimant_kind_check,
    drop constraint claim_warned_check,
    drop constraint claim_extensions_check,
    drop constraint a_question_is_whole;

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

alter table tree_count
    drop constraint tree_count_open_check,
    drop constraint tree_count_claimed_check,
    drop constraint tree_count_fulfilled_check;
-- Not valid and never validated, here and below: what is there went through the same.
alter table tree_count
    add constraint no_count_below_zero check (least(open, claimed, fulfilled) >= 0) not valid;

-- migrate: rollback

alter table tree_count drop constraint no_count_below_zero;
alter table tree_count
    add constraint tree_count_open_check check (open >= 0),
    add constraint tree_count_claimed_check check (claimed >= 0),
    add constraint tree_count_fulfilled_check check (fulfilled >= 0);

drop trigger wish_is_followed on wish;
drop trigger wish_is_kept on wish;
drop function follow_wish();
drop function keep_wish();

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

alter table wish
    add constraint a_card_hangs_somewhere check (not hanging or (leaf is not null and title is not null)),
    add constraint a_child_is_visited_by_two check (two_people or not minor),
    add constraint a_witness_is_whole check ((consent_witness is null) = (consent_witness_relation is null)),
    add constraint an_offer_is_whole check ((offered_id is null) = (offered_until is null) and (offered_id is null) = (offered_kind is null)),
    add constraint follow_up_has_a_reason check ((follows_wish_id is null) = (follow_up_reason is null)),
    add constraint only_what_may_hang_hangs check (may_hang or not hanging),
    add constraint proxy_has_consent check ((proxy_id is null) = (consent_kind is null) and (proxy_id is null) = (proxy_relation is null)),
    add constraint two_pairs_of_eyes check (published_by <> verified_by),
    add constraint what_waits_hangs check (state <> 'posted' or hanging),
    add constraint wish_area_check check (area ~ '^\d{12}$'),
    add constraint wish_callback_check check (callback in ('no', 'due', 'done')),
    add constraint wish_card_no_check check (card_no ~ '^[2-9A-HJKMNP-Z]{4,5}$') not valid,
    add constraint wish_category_check check (category in ('goods', 'service', 'companionship', 'skills')),
    add constraint wish_channel_check check (channel in ('online', 'desk', 'visit', 'paper', 'phone')),
    add constraint wish_desk_level_check check (desk_level between 0 and 2),
    add constraint wish_effort_check check (effort in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')),
    add constraint wish_handed_level_check check (handed_level between 0 and 3),
    add constraint wish_leaf_check check (leaf between 0 and 319),
    add constraint wish_level_check check (level between 0 and 3),
    add constraint wish_offered_kind_check check (offered_kind in ('volunteer', 'organisation')),
    add constraint wish_open_complaints_check check (open_complaints >= 0),
    add constraint wish_queue_check check (queue in ('to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide', 'to_confirm', 'to_call_back', 'taken_down', 'returned')),
    add constraint wish_state_check check (state in ('submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled', 'closed', 'returned', 'withdrawn', 'taken_down', 'referred')),
    add constraint wish_version_check check (version > 0);

drop trigger claim_is_kept on claim;
drop function keep_claim();
alter table claim
    add constraint claim_state_check check (state in ('live', 'contacted', 'delivered', 'done', 'released')),
    add constraint claim_claimant_kind_check check (claimant_kind in ('volunteer', 'organisation')),
    add constraint claim_warned_check check (warned between 0 and 2),
    add constraint claim_extensions_check check (extensions >= 0),
    add constraint a_question_is_whole check ((asked_until is null) = (asked_reason is null));
