-- qualifications that some wishes ask for; evaluations on the feedback card; cards found by claim
-- depends: 0002-queue

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- What is renewed, revoked or has expired stays as history; one of a kind is in force.
create table qualification (
    id uuid primary key,
    volunteer_id uuid not null references volunteer (id),
    kind text not null check (kind in ('skill', 'training', 'insurance', 'vetting')),
    code text not null check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    valid_until timestamptz,
    evidence bytea,
    granted_by uuid not null,
    granted_at timestamptz not null,
    ended_as text check (ended_as in ('renewed', 'revoked', 'expired')),
    ended_by uuid,
    ended_at timestamptz,
    constraint what_runs_out_has_a_day check (
        kind not in ('insurance', 'vetting') or valid_until is not null
    ),
    constraint it_holds_for_some_time check (valid_until > granted_at),
    constraint an_end_is_whole check ((ended_as is null) = (ended_at is null))
);

create unique index one_of_a_kind on qualification (volunteer_id, kind, code) where ended_at is null;
create index qualification_due on qualification (valid_until) where ended_at is null;
create index qualification_list on qualification (volunteer_id, id);

-- How the person who wished found the help (民政部令67 Art. 10). Nothing sums it up, nothing sorts by it.
alter table feedback_card add column score smallint;
alter table feedback_card drop constraint feedback_card_fact_check;
-- Not valid: the rows that are there were held by a shorter list, so nobody waits for a look at them.
alter table feedback_card add constraint feedback_card_fact_check check (
    fact in ('fulfilled', 'fit', 'reopened', 'evaluated')
) not valid;
alter table feedback_card add constraint a_score_is_of_an_evaluation check (
    (fact = 'evaluated') = (score is not null) and score between 1 and 5
) not valid;

-- The cards of a claim or a wish are found by it, however many there are.
create index contact_card_claim on contact_card (claim_id);
create index activity_card_wish on activity_card (wish_id);
create index activity_card_source on activity_card (source_event_id);

-- migrate: rollback

drop index activity_card_source, activity_card_wish, contact_card_claim;
delete from feedback_card where fact = 'evaluated';
alter table feedback_card drop constraint a_score_is_of_an_evaluation,
    drop constraint feedback_card_fact_check, drop column score;
alter table feedback_card add constraint feedback_card_fact_check check (
    fact in ('fulfilled', 'fit', 'reopened')
);
drop table qualification;
