-- how many wishes somebody has in hand, as rows: one place each for whoever leads, helps or joined as a unit
-- depends: 0021-fewer-triggers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Every command looks at `claim` before it writes to the others: nobody who waits for this holds what it
-- waits for.
lock table claim, claim_helper, claim_unit in access exclusive mode;

-- It is the key that two acts of one person at once come to, whichever acts they are. A row is there while
-- the claim is live or contacted.
create table place (
    giver_id uuid not null,
    number smallint not null check (number >= 0),
    claim_id uuid not null references claim (id),
    primary key (giver_id, number),
    constraint one_place_each unique (claim_id, giver_id)
);

insert into place (giver_id, number, claim_id)
select giver, row_number() over (partition by giver order by claim_id) - 1, claim_id from (
    select claimant_id as giver, id as claim_id from claim where state in ('live', 'contacted')
    union select h.volunteer_id, h.claim_id from claim_helper h join claim c on c.id = h.claim_id
        where c.state in ('live', 'contacted')
    union select u.organisation_id, u.claim_id from claim_unit u join claim c on c.id = u.claim_id
        where c.state in ('live', 'contacted')
) as held;

-- Whoever ends a claim or leaves it leaves their place, also where a program of the release before does it.
create function leave_places() returns trigger language plpgsql as $body$
begin
    if new.state not in ('live', 'contacted') then
        delete from place where claim_id = new.id;
    end if;
    return null;
end
$body$;

create trigger places_are_left after update of state on claim
for each row execute function leave_places();

create function leave_place() returns trigger language plpgsql as $body$
begin
    delete from place
    where claim_id = old.claim_id and giver_id = (to_jsonb(old) ->> tg_argv[0])::uuid;
    return null;
end
$body$;

create trigger place_is_left after delete on claim_helper
for each row execute function leave_place('volunteer_id');
create trigger place_is_left after delete on claim_unit
for each row execute function leave_place('organisation_id');

-- The columns `slot` and `lock_places` stay for this release: programs of the one before still use them.
-- What those take has no row here until it comes back.
-- squawk-ignore-file ban-drop-function, ban-drop-constraint
drop trigger place_is_kept on claim;
drop function keep_place();
drop index one_claim_per_slot;
alter table claim drop constraint claim_slot_check;

-- migrate: rollback

lock table claim, claim_helper, claim_unit in access exclusive mode;
drop trigger place_is_left on claim_unit;
drop trigger place_is_left on claim_helper;
drop trigger places_are_left on claim;
drop function leave_place();
drop function leave_places();
drop table place;

-- All anew: what programs of before took meanwhile has numbers of its own.
create temporary table numbered on commit drop as
select giver, claim_id, row_number() over (partition by giver order by claim_id) - 1 as number from (
    select claimant_id as giver, id as claim_id from claim where state in ('live', 'contacted')
    union select h.volunteer_id, h.claim_id from claim_helper h join claim c on c.id = h.claim_id
        where c.state in ('live', 'contacted')
    union select u.organisation_id, u.claim_id from claim_unit u join claim c on c.id = u.claim_id
        where c.state in ('live', 'contacted')
) as held;
update claim set slot = n.number from numbered n where n.claim_id = claim.id and n.giver = claim.claimant_id;
update claim_helper h set slot = n.number from numbered n
where n.claim_id = h.claim_id and n.giver = h.volunteer_id;
update claim_unit u set slot = n.number from numbered n
where n.claim_id = u.claim_id and n.giver = u.organisation_id;
drop table numbered;

alter table claim add constraint claim_slot_check check (slot >= 0);
create unique index one_claim_per_slot on claim (claimant_id, slot) where state in ('live', 'contacted');

create function keep_place() returns trigger language plpgsql as $body$
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

create trigger place_is_kept after insert on claim for each row execute function keep_place();
