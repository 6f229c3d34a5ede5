-- how many wishes somebody has in hand, as rows: one place each for whoever leads, helps or joined as a unit
-- depends: 0021-fewer-triggers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- It is the key that two acts of one person at once come to, whichever acts they are. A row is there while
-- the claim is live or contacted.
create table place (
    giver_id uuid not null,
    number smallint not null check (number >= 0),
    claim_id uuid not null references claim (id),
    primary key (giver_id, number),
    constraint one_place_each unique (claim_id, giver_id)
);

-- Nobody takes a place while they are numbered; in the order in which a join writes.
lock table claim_helper, claim_unit, claim in share row exclusive mode;

insert into place (giver_id, number, claim_id)
select giver, row_number() over (partition by giver order by claim_id) - 1, claim_id from (
    select claimant_id as giver, id as claim_id from claim where state in ('live', 'contacted')
    union select h.volunteer_id, h.claim_id from claim_helper h join claim c on c.id = h.claim_id
        where c.state in ('live', 'contacted')
    union select u.organisation_id, u.claim_id from claim_unit u join claim c on c.id = u.claim_id
        where c.state in ('live', 'contacted')
) as held;

-- Called by nothing but the trigger that goes with them. The columns `slot` stay for this release: programs
-- of the one before still write them, and what those take has no row here until it comes back.
-- squawk-ignore-file ban-drop-function
drop trigger place_is_kept on claim;
drop function keep_place();
drop function lock_places(uuid);
drop index one_claim_per_slot;
-- squawk-ignore-file ban-drop-constraint
alter table claim drop constraint claim_slot_check;

-- migrate: rollback

alter table claim add constraint claim_slot_check check (slot >= 0);

update claim set slot = p.number from place p where p.claim_id = claim.id and p.giver_id = claim.claimant_id;
update claim_helper h set slot = p.number from place p
where p.claim_id = h.claim_id and p.giver_id = h.volunteer_id;
update claim_unit u set slot = p.number from place p
where p.claim_id = u.claim_id and p.giver_id = u.organisation_id;
drop table place;

create unique index one_claim_per_slot on claim (claimant_id, slot) where state in ('live', 'contacted');

create function lock_places(giver uuid) returns void language sql as $body$
    select pg_advisory_xact_lock(hashtextextended('wishes.places', 0) # hashtextextended(giver::text, 0))
$body$;

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
