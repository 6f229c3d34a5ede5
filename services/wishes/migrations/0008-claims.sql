-- invitations without a trace, changes that wait for a yes, visits, and how a confirmation was said
-- depends: 0007-desk

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Who is asked, for as long as the question stands. A row goes when it is declined, when its time is over
-- and when the wish is taken or leaves the tree: afterwards nothing tells one from the other. What is
-- deleted lies in the file until a vacuum, so that comes after few rows.
create table invitation (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    invitee_kind text not null check (invitee_kind in ('volunteer', 'organisation')),
    invitee_id uuid not null,
    until timestamptz not null,
    constraint one_invitation_each unique (wish_id, invitee_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20);
create index invitation_invitee on invitation (invitee_id, until, id);
create index invitation_until on invitation (until);

create function forget_invitations() returns trigger language plpgsql as $body$
begin
    delete from invitation where wish_id = new.id;
    return null;
end
$body$;

create trigger invitations_end after update of state on wish
for each row when (old.state = 'posted' and new.state <> 'posted') execute function forget_invitations();

-- What a claimed wish is to become, sealed, while its claimant is asked (claim.answer_by).
create table change_proposal (
    claim_id uuid primary key references claim (id),
    category text not null check (category in ('goods', 'service', 'companionship', 'skills')),
    effort text not null check (effort in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')),
    rule_id uuid not null,
    asks text[] not null,
    two_people boolean not null,
    words bytea not null,
    title bytea not null,
    note bytea,
    proposed_by uuid not null,
    proposed_at timestamptz not null
);

create function forget_proposal() returns trigger language plpgsql as $body$
begin
    delete from change_proposal where claim_id = new.id;
    return null;
end
$body$;

create trigger proposals_end after update of answer_by on claim
for each row when (old.answer_by is not null and new.answer_by is null) execute function forget_proposal();

-- The word at the door is stored nowhere: it follows from the claim and the number by a key of the service.
create table visit (
    id uuid primary key,
    wish_id uuid not null references wish (id),
    claim_id uuid not null references claim (id),
    number smallint not null check (number > 0),
    visitors uuid[] not null check (cardinality(visitors) > 0),
    two_people boolean not null,
    started_by uuid not null,
    started_at timestamptz not null,
    back_by timestamptz not null check (back_by > started_at),
    tries smallint not null default 0 check (tries between 0 and 5),
    checked_at timestamptz,
    ended_at timestamptz,
    due_at timestamptz,
    unique (claim_id, number),
    constraint two_people_go check (not two_people or cardinality(visitors) > 1),
    constraint nobody_waits_for_who_is_back check (ended_at is null or due_at is null)
);
create unique index one_visit_at_a_time on visit (claim_id) where ended_at is null;
create index visit_due on visit (due_at) where due_at is not null;

alter table confirmation add column means text check (
    means in ('tap', 'code', 'qr', 'call', 'visit', 'witness')
);

-- With whom a volunteer lives: for a witness who is to be nobody of the household of those who helped.
create index household_of_volunteer on household_member (volunteer_id);

-- A wish may change its category while it hangs: its place goes from one row of counts to the other.
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

create or replace trigger wish_counts after update of state, hanging, category on wish
for each row execute function count_tree();

-- migrate: rollback

create or replace trigger wish_counts after update of state, hanging on wish
for each row execute function count_tree();
create or replace function count_tree() returns trigger language plpgsql as $body$
declare
    was text := tree_column(old.hanging, old.state);
    is_now text := tree_column(new.hanging, new.state);
begin
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
drop index household_of_volunteer;
alter table confirmation drop column means;
drop table visit;
drop trigger proposals_end on claim;
drop function forget_proposal;
drop table change_proposal;
drop trigger invitations_end on wish;
drop function forget_invitations;
drop table invitation;
