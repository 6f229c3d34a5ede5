-- whose accounts those are who speak for somebody: a child's guardian, and whoever wrote a wish for another
-- depends: 0016-places

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Beside the wish, not in it: most wishes have nobody here.
create table speaker (
    wish_id uuid not null references wish (id),
    kind text not null check (kind in ('guardian', 'proxy')),
    account_id uuid not null,
    noted_by uuid not null,
    noted_at timestamptz not null,
    primary key (wish_id, kind)
);
create index speaker_account on speaker (account_id);

-- Who is signed in and names a proxy is that proxy.
insert into speaker (wish_id, kind, account_id, noted_by, noted_at)
select id, 'proxy', author_id, author_id, submitted_at from wish
where author_id is not null and proxy_id is not null;

-- migrate: rollback

drop table speaker;
