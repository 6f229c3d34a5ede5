-- a draft is found by whom it is about; who is not to be asked is rung up by nobody; the same word again is one try
-- depends: 0029-words-that-do-not-come

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- `indexed`: of which revision `person_index` was made. What a program of the release before begins or writes
-- on falls behind, and is indexed before anybody looks for drafts of a person. Another rule
-- (domain/person.py) sets all of them back to 0.
alter table draft add column person_index bytea, add column indexed integer not null default 0;
create index draft_person on draft (area, person_index) where person_index is not null;
create index draft_to_index on draft (area) where indexed <> revision;

-- A keyed hash of what was tried last: the same again, as from a slow line, is no other try.
alter table card_tries add column tried bytea;
alter table visit add column tried bytea;

-- Whoever has taken the service back is rung up by nobody: the number is closed to all. The draw stays beside
-- the wish, in case they want it again; it goes with what is done with.
update wish set callback = 'no', queue = case when queue <> 'to_call_back' then queue end
where callback = 'due' and id in (select wish_id from callback where outcome is null) and not coalesce((
    select c.given from consent c where c.wish_id = wish.id and c.purpose = 'service'
    order by c.seq desc limit 1
), true);
delete from callback
where outcome is null and wish_id in (select id from wish where state in ('closed', 'withdrawn'));

-- migrate: rollback

alter table visit drop column tried;
alter table card_tries drop column tried;
drop index draft_to_index;
drop index draft_person;
alter table draft drop column indexed, drop column person_index;
