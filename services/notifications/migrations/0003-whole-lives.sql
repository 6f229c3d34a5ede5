-- partners of a claim, offices and units by area; messages that nobody is told of any more
-- depends: 0002-traces

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Who helps with a wish now, as far as the events say.
create table partner (
    wish_id uuid not null,
    kind text not null check (kind in ('volunteer', 'organisation')),
    id uuid not null,
    lead boolean not null,
    primary key (wish_id, kind, id)
);

create index unit_of_area on unit (area, kind) where active;
drop index unit_desk;

-- 'closed': nothing is to be said any more, and whether it was said is not kept. An invitation ends like
-- this whatever became of it, and what an erased person could have been told.
-- Not valid: the rows that are there were held by shorter lists, so nobody waits for a look at them.
alter table message drop constraint message_recipient_kind_check;
alter table message add constraint message_recipient_kind_check check (
    recipient_kind in ('resident', 'volunteer', 'organisation', 'invitation')
) not valid;
alter table message drop constraint message_state_check;
alter table message add constraint message_state_check check (
    state in ('pending', 'delivered', 'failed', 'phone_list', 'closed')
) not valid;
alter table message add constraint an_invitation_leaves_no_trace check (
    recipient_kind <> 'invitation' or state in ('pending', 'closed')
    and delivered_at is null and read_at is null and version = 0
) not valid;
alter table message add constraint what_is_closed_says_no_more check (
    state <> 'closed' or reason is null and tries = 0 and delivered_at is null
) not valid;

-- migrate: rollback

delete from message where recipient_kind = 'invitation' or state = 'closed';
alter table message drop constraint what_is_closed_says_no_more,
    drop constraint an_invitation_leaves_no_trace, drop constraint message_state_check,
    drop constraint message_recipient_kind_check;
alter table message add constraint message_state_check check (
    state in ('pending', 'delivered', 'failed', 'phone_list')
);
alter table message add constraint message_recipient_kind_check check (
    recipient_kind in ('resident', 'volunteer', 'organisation')
);
create index unit_desk on unit (area) where kind = 'community' and active;
drop index unit_of_area;
drop table partner;
