-- what an erasure must reach beside the person's key: stored answers, and pages with old bytes
-- depends: chassis-0002-privacy

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- The people whose data an answer shows. It is sealed with their keys: gone with the first of them.
alter table idempotency add column people uuid[];

-- The office of whoever looked, as their token said at that moment.
alter table reveal_audit add column by_role text, add column by_area text;

-- A destroyed key is null in its row at once; its bytes stay in the page until the table is rewritten,
-- which drops them once nobody reads from before the transaction that destroyed it.
create table key_rewrite (
    id bigint generated always as identity primary key,
    destroyed_in xid8 not null default pg_current_xact_id()
);

do $body$
begin
    execute format('grant maintain on person_key to %I', current_schema());
end
$body$;

-- migrate: rollback

do $body$
begin
    execute format('revoke maintain on person_key from %I', current_schema());
end
$body$;
drop table key_rewrite;
alter table reveal_audit drop column by_role, drop column by_area;
alter table idempotency drop column people;
