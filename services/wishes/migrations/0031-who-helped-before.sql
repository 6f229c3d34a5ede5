-- who gave and who served stays known when it was not right and is taken back: they witness nothing later
-- depends: 0030-of-one-person

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table undone_help (
    wish_id uuid not null references wish (id),
    helper_id uuid not null,
    primary key (wish_id, helper_id)
);

-- By trigger: a program of the release before takes deliveries back, too, and knows of no such table.
create function keep_undone_help() returns trigger language plpgsql as $body$
begin
    if tg_table_name = 'gift' then
        insert into undone_help (wish_id, helper_id)
        select wish_id, old.giver_id from claim where id = old.claim_id on conflict do nothing;
    else
        insert into undone_help (wish_id, helper_id)
        select wish_id, old.volunteer_id from claim where id = old.claim_id on conflict do nothing;
    end if;
    return null;
end
$body$;

create trigger a_gift_is_undone after delete on gift for each row execute function keep_undone_help();
create trigger a_service_is_undone after delete on service
for each row execute function keep_undone_help();

-- migrate: rollback

drop trigger a_gift_is_undone on gift;
drop trigger a_service_is_undone on service;
drop function keep_undone_help;
drop table undone_help;
