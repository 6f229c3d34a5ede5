-- the ledger of consents, and what people ask about their own data
-- depends: 0005-intake

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Only ever added to. Of one wish and purpose the last line counts; the wish is locked by whoever adds.
create table consent (
    seq bigint generated always as identity primary key,
    person_id uuid not null references beneficiary (id),
    wish_id uuid references wish (id),
    purpose text not null check (purpose in ('service', 'publish', 'photo', 'share')),
    given boolean not null,
    by_kind text not null check (by_kind in ('self', 'guardian', 'proxy')),
    how text not null check (how in ('paper', 'spoken', 'online', 'card')),
    wording smallint not null check (wording > 0),
    witness bytea,
    recorded_by uuid,
    at timestamptz not null,
    constraint somebody_recorded_it check ((how = 'card') = (recorded_by is null))
);
create index consent_wish on consent (wish_id, purpose, seq desc) where wish_id is not null;
create index consent_person on consent (person_id, seq desc);

create trigger consent_append_only before update or delete or truncate on consent
for each statement execute function refuse_change();

-- What the checklist of a verification has stood for until now.
insert into consent (person_id, wish_id, purpose, given, by_kind, how, wording, recorded_by, at)
select w.beneficiary_id, w.id, purpose, true, 'self', 'spoken', 1, v.verified_by, v.at
from verification v join wish w on w.id = v.wish_id,
    unnest(array['service', 'publish']) with ordinality as asked (purpose, n)
where v.consent_checked order by v.at, w.id, n;

-- Without the consent the photos that show the person are gone, too (PIPL Art. 47).
create function forget_photos() returns trigger language plpgsql as $body$
begin
    delete from attachment where wish_id = new.wish_id and shows_person;
    return null;
end
$body$;

create trigger photos_go_with_the_consent after insert on consent
for each row when (new.purpose = 'photo' and not new.given) execute function forget_photos();

-- A card that a worker has taken down: it is not hung again as it was. Lifted when it will be written anew.
create table takedown (
    wish_id uuid not null references wish (id),
    at timestamptz not null,
    by_id uuid not null,
    reason text not null check (reason in ('leak', 'complaint', 'mistake', 'other')),
    lifted_at timestamptz,
    primary key (wish_id, at)
);

alter table beneficiary
    add column version integer not null default 0 check (version >= 0),
    add column stopped boolean not null default false,
    add column erased_at timestamptz;
alter table beneficiary add constraint an_erased_person_is_linked_to_nobody check (
    erased_at is null or (account_id is null and household_id is null)
) not valid;

create table data_request (
    id uuid primary key,
    person_id uuid not null references beneficiary (id),
    area text not null check (area ~ '^\d{12}$'),
    kind text not null check (kind in ('copy', 'correction', 'erasure')),
    state text not null check (state in ('filed', 'checked', 'done', 'refused', 'taken_back')),
    filed_by uuid,
    wanted bytea,
    end_claims boolean not null,
    filed_at timestamptz not null,
    due_at timestamptz not null,
    next_at timestamptz,
    warned smallint not null check (warned between 0 and 2),
    checked_by uuid,
    answered_by uuid,
    answered_at timestamptz,
    reason text,
    constraint open_or_answered check ((state in ('filed', 'checked')) = (answered_at is null)),
    constraint a_clock_runs_while_open check (answered_at is null or next_at is null),
    constraint what_is_decided_is_not_kept check (answered_at is null or wanted is null),
    constraint nobody_erases_alone check (
        kind <> 'erasure' or state <> 'done' or (
            checked_by is not null and answered_by is not null and answered_by <> checked_by
            and answered_by is distinct from filed_by
        )
    )
);
create unique index one_open_request on data_request (person_id, kind) where answered_at is null;
create index data_request_person on data_request (person_id, filed_at desc, id desc);
create index data_request_open on data_request (due_at, id) where answered_at is null;
create index data_request_next on data_request (next_at) where next_at is not null;

do $body$
begin
    execute format('revoke update, delete, truncate on consent from %I', current_schema());
end
$body$;

-- migrate: rollback

drop table data_request, takedown, consent;
drop function forget_photos();
alter table beneficiary drop constraint an_erased_person_is_linked_to_nobody, drop column version,
    drop column stopped, drop column erased_at;
