-- since when a guardian answers for a child, where another did before: an older paper is that one's word
-- depends: 0031-who-helped-before

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Null: nobody else was noted before, as far as anybody knows.
alter table guardian_consent add column answers_since timestamptz;

-- migrate: rollback

alter table guardian_consent drop column answers_since;
