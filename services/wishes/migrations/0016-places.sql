-- whoever helps with a wish has it in hand as much as whoever leads: both take one of their places
-- depends: 0015-desk-clock

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table claim_helper add column slot smallint not null default 0 check (slot >= 0);
alter table claim_unit add column slot smallint not null default 0 check (slot >= 0);
create index claim_helper_volunteer on claim_helper (volunteer_id);
create index claim_unit_organisation on claim_unit (organisation_id);

-- An index holds one table only. Who joins takes this lock before they count their places; who claims
-- counts without a lock, so here, at the end of their statement, it is looked at again.
create function lock_places(giver uuid) returns void language sql as $body$
    select pg_advisory_xact_lock(hashtextextended('wishes.places', 0) # hashtextextended(giver::text, 0))
$body$;

create function keep_place() returns trigger language plpgsql as $body$
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

create trigger place_is_kept after insert on claim for each row execute function keep_place();

-- migrate: rollback

drop trigger place_is_kept on claim;
drop function keep_place, lock_places;
drop index claim_unit_organisation, claim_helper_volunteer;
alter table claim_unit drop column slot;
alter table claim_helper drop column slot;
