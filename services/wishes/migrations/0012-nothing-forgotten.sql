-- a card that was taken down or went back waits at the desk, and a wish that was handed on can be withdrawn
-- depends: 0011-callbacks-in-vain

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table wish drop constraint wish_queue_check;
alter table wish add constraint wish_queue_check check (queue in (
    'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
    'to_confirm', 'to_call_back', 'taken_down', 'returned'
));
-- Whoever was forgotten until now waits from now on.
update wish set queue = state where state in ('taken_down', 'returned');

alter table referral drop constraint referral_outcome_check;
alter table referral add constraint referral_outcome_check check (
    outcome in ('helped', 'not_helped', 'withdrawn')
);
-- Nobody has answered what was withdrawn.
alter table referral drop constraint a_referral_is_answered_as_a_whole;
alter table referral add constraint a_referral_is_answered_as_a_whole check (
    (answered_at is null) = (outcome is null)
    and (answered_by is null) = (coalesce(outcome, 'withdrawn') = 'withdrawn')
);

-- migrate: rollback

alter table referral drop constraint a_referral_is_answered_as_a_whole;
-- Before this there was no word for it: whoever withdrew it is counted as not helped by them.
update referral set outcome = 'not_helped', answered_by = referred_by where outcome = 'withdrawn';
alter table referral add constraint a_referral_is_answered_as_a_whole check (
    (answered_at is null) = (outcome is null) and (answered_at is null) = (answered_by is null)
);
alter table referral drop constraint referral_outcome_check;
alter table referral add constraint referral_outcome_check check (outcome in ('helped', 'not_helped'));

update wish set queue = null where queue in ('taken_down', 'returned');
alter table wish drop constraint wish_queue_check;
alter table wish add constraint wish_queue_check check (queue in (
    'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
    'to_confirm', 'to_call_back'
));
