-- three books, double entry, append-only
-- depends:

-- migrate: apply

create table rule (
    version integer primary key,
    valid_from timestamptz not null unique,
    goods integer not null check (goods >= 0),
    service integer not null check (service >= 0),
    companionship integer not null check (companionship >= 0),
    skills integer not null check (skills >= 0),
    per_hour integer not null check (per_hour >= 0),
    lead_weight integer not null check (lead_weight > 0),
    helper_weight integer not null check (helper_weight > 0)
);

insert into rule (version, valid_from, goods, service, companionship, skills, per_hour, lead_weight,
    helper_weight)
values (1, '2017-01-01T00:00:00+08:00', 3, 2, 2, 2, 1, 2, 1);

create table holder (
    id uuid primary key,
    kind text not null check (kind in ('volunteer', 'organisation', 'contra')),
    version integer not null default 0
);

insert into holder (id, kind) values ('00000000-0000-0000-0000-000000000000', 'contra');

create table account (
    holder_id uuid not null references holder (id),
    book text not null check (book in ('points', 'hours', 'gifts')),
    balance bigint not null,
    primary key (holder_id, book),
    constraint no_holder_below_zero check (
        balance >= 0 or holder_id = '00000000-0000-0000-0000-000000000000'
    )
);

create table posting (
    id uuid primary key,
    source_event_id uuid not null unique,
    wish_id uuid not null,
    reverses uuid unique references posting (id),
    rule_version integer not null references rule (version),
    at timestamptz not null
);

create index posting_wish on posting (wish_id);

create table entry (
    posting_id uuid not null references posting (id),
    book text not null,
    holder_id uuid not null references holder (id),
    amount bigint not null check (amount <> 0),
    primary key (posting_id, book, holder_id)
);

create index entry_holder on entry (holder_id, posting_id desc);

-- Once per statement, over all rows of it: every posting must balance in every book, and the
-- balances follow in the order of their key, so that two batches wait for each other, not on each
-- other. It runs as the owner: the service itself has no right to write a balance.
create function book_entries() returns trigger language plpgsql security definer
set search_path from current as $body$
begin
    if exists (select from added group by posting_id, book having sum(amount) <> 0) then
        raise exception 'a posting does not balance' using errcode = 'check_violation',
            constraint = 'every_posting_balances';
    end if;
    -- Not one upsert: it checks the row that it proposes, so every amount below zero were refused.
    insert into account (holder_id, book, balance)
    select distinct holder_id, book, 0 from added order by holder_id, book
    on conflict do nothing;
    perform from account a
    where exists (select from added t where t.holder_id = a.holder_id and t.book = a.book)
    order by a.holder_id, a.book for update;
    update account a set balance = a.balance + t.amount
    from (select holder_id, book, sum(amount) as amount from added group by holder_id, book) t
    where t.holder_id = a.holder_id and t.book = a.book;
    return null;
end
$body$;

create trigger entries_are_booked after insert on entry
referencing new table as added for each statement execute function book_entries();

create trigger posting_append_only before update or delete or truncate on posting
for each statement execute function refuse_change();

create trigger entry_append_only before update or delete or truncate on entry
for each statement execute function refuse_change();

revoke update, delete, truncate on posting, entry from points;
revoke insert, update, delete, truncate on account from points;
revoke delete, truncate on holder from points;
revoke insert, update, delete, truncate on rule from points;

-- migrate: rollback

drop table entry, posting, account, holder, rule;
drop function book_entries;
