-- a card that was taken down waits at the desk
-- depends: 0009-after

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table wish drop constraint wish_queue_check;
alter table wish add constraint wish_queue_check check (queue in (
    'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
    'to_confirm', 'to_call_back', 'taken_down'
));
-- Whoever was forgotten until now waits from now on.
update wish set queue = 'taken_down' where state = 'taken_down';

-- migrate: rollback

update wish set queue = null where queue = 'taken_down';
alter table wish drop constraint wish_queue_check;
alter table wish add constraint wish_queue_check check (queue in (
    'to_verify', 'to_publish', 'to_hand_over', 'late_to_contact', 'late_to_fulfil', 'to_decide',
    'to_confirm', 'to_call_back'
));
