-- what the person says by an account of their own stays without the account once they are erased
-- depends: 0027-own-numbers

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Each new condition is wider than the old one.
-- squawk-ignore-file ban-drop-constraint, ban-drop-not-null

-- A tap is not heard by anybody. Every row that is there passes a narrower check already.
alter table evaluation drop constraint what_is_heard_is_logged_by_somebody;
alter table evaluation add constraint what_is_heard_is_logged_by_somebody
    check (means in ('tap', 'code', 'qr') or by_id is not null) not valid;

-- Only ever added to, so it could not be taken out at an erasure: it does not come in any more.
alter table consent drop constraint somebody_recorded_it;
alter table consent add constraint somebody_recorded_it
    check (how = 'online' or (how = 'card') = (recorded_by is null)) not valid;

alter table guardian_consent alter column noted_by drop not null;

-- migrate: rollback

-- Who tapped or noted it is gone for good: it was the person.
update evaluation set by_id = wish_id where means = 'tap' and by_id is null;
update guardian_consent set noted_by = wish_id where noted_by is null;
alter table guardian_consent alter column noted_by set not null;
alter table consent drop constraint somebody_recorded_it;
alter table consent add constraint somebody_recorded_it
    check ((how = 'card') = (recorded_by is null)) not valid;
alter table evaluation drop constraint what_is_heard_is_logged_by_somebody;
alter table evaluation add constraint what_is_heard_is_logged_by_somebody
    check (means in ('code', 'qr') or by_id is not null) not valid;
