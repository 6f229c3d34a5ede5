-- answers that come with a proposed change, and what a delivery came with
-- depends: 0013-hanging

-- migrate: apply

-- Better not now than a queue of commands behind a lock.
set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- `asked_anew`: these answers, or none, in place of those of the wish. What was proposed before keeps them.
alter table change_proposal
    add column answers bytea,
    add column asked_anew boolean not null default false,
    add constraint answers_are_new check (answers is null or asked_anew);

-- What the rule asks a delivery to come with, as far as it came: codes of `category_rule.terms`.
alter table claim add column evidence text[] not null default '{}';

-- migrate: rollback

alter table claim drop column evidence;
alter table change_proposal drop constraint answers_are_new, drop column asked_anew, drop column answers;
