-- a table for the chassis' own tests
-- depends:

-- migrate: apply

create table lantern (id uuid primary key, words text not null, size smallint not null default 0);

-- migrate: rollback

drop table lantern;
