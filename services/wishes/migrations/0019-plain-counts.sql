-- what every claim runs in the database: by index from the first row on, and no insert for a row that is there
-- depends: 0018-set-aside

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- A plan is kept for the life of a connection. Joined, the tables were read through for each claim
-- until they were analysed the first time; a state that is asked for one claim is found by its key.
create or replace function keep_place() returns trigger language plpgsql as $body$
declare
    taken boolean;
begin
    perform lock_places(new.claimant_id);
    -- Two questions, not one with the kind in it: that one was planned anew for each claim.
    if new.claimant_kind = 'volunteer' then
        taken := exists (
            select from claim_helper h where h.volunteer_id = new.claimant_id and h.slot = new.slot
            and (select c.state in ('live', 'contacted') from claim c where c.id = h.claim_id)
        );
    else
        taken := exists (
            select from claim_unit u where u.organisation_id = new.claimant_id and u.slot = new.slot
            and (select c.state in ('live', 'contacted') from claim c where c.id = u.claim_id)
        );
    end if;
    if taken then
        raise unique_violation using constraint = 'one_claim_per_slot';
    end if;
    return null;
end
$body$;

-- The row is there but for the first wish of its kind on a tree, so it is written first and made if missing.
create or replace function count_tree() returns trigger language plpgsql as $body$
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

-- migrate: rollback

create or replace function keep_place() returns trigger language plpgsql as $body$
begin
    perform lock_places(new.claimant_id);
    if exists (
        select from claim_helper h join claim c on c.id = h.claim_id
        where h.volunteer_id = new.claimant_id and h.slot = new.slot and c.state in ('live', 'contacted')
    ) or exists (
        select from claim_unit u join claim c on c.id = u.claim_id
        where u.organisation_id = new.claimant_id and u.slot = new.slot and c.state in ('live', 'contacted')
    ) then
        raise unique_violation using constraint = 'one_claim_per_slot';
    end if;
    return null;
end
$body$;

create or replace function count_tree() returns trigger language plpgsql as $body$
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
    -- Not by upsert: its inserted half would be checked first, with a number below zero.
    insert into tree_count (area, category) values (new.area, new.category) on conflict do nothing;
    update tree_count set
        open = open + (is_now is not distinct from 'open')::int - (was is not distinct from 'open')::int,
        claimed = claimed + (is_now is not distinct from 'claimed')::int
            - (was is not distinct from 'claimed')::int,
        fulfilled = fulfilled + (is_now is not distinct from 'fulfilled')::int
            - (was is not distinct from 'fulfilled')::int
    where area = new.area and category = new.category;
    return null;
end
$body$;
