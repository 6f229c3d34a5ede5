-- card numbers of five letters, for when those of four are used up
-- depends: 0002-tally

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table wish drop constraint wish_card_no_check;
alter table wish add constraint wish_card_no_check check (card_no ~ '^[2-9A-HJKMNP-Z]{4,5}$') not valid;

-- migrate: rollback

alter table wish drop constraint wish_card_no_check;
alter table wish add constraint wish_card_no_check check (card_no ~ '^[2-9A-HJKMNP-Z]{4}$');
