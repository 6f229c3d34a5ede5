"""Writes that nobody waits for: sent together, seen by what comes after, undone as a whole."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.db import Transaction, together
from chassis.testing import MakeDatabase, ScratchDatabase

from .things import KEEP, MIGRATIONS, withdrawn

ADD = "insert into thing (id, version) values ($1, $2)"
SET = "update thing set version = $2 where id = $1"
VERSIONS = "select array_agg(version order by version) from thing"


class Taken(Exception):
    """A rule that a unique constraint keeps."""


@pytest.fixture
async def db(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


def test_parameters_are_counted_on() -> None:
    assert together((ADD,)) == ADD
    whole = together((ADD, "delete from thing where id = $1 or version = $1", SET))
    assert "values ($1, $2)" in whole
    assert "id = $3 or version = $3" in whole
    assert "set version = $5 where id = $4" in whole


async def test_a_transaction_that_only_writes_never_begins(db: ScratchDatabase) -> None:
    key = uuid4()
    async with db.transaction() as tx:
        for version in (1, 2):
            tx.write(ADD, uuid4(), version)
            tx.emit(withdrawn(key), key=key, version=version)
        assert not tx.has_begun
    assert not tx.has_begun
    assert await db.fetchval(VERSIONS) == [1, 2]
    assert db.wake.is_set()


async def test_events_of_one_statement_stand_in_their_order(db: ScratchDatabase) -> None:
    key = uuid4()
    async with db.transaction() as tx:
        ids = [tx.emit(withdrawn(key), key=key, version=version) for version in range(1, 40)]
    rows = await db.fetch("select event_id from outbox order by id")
    assert [row["event_id"] for row in rows] == ids


async def test_what_is_read_sees_what_was_written_before(db: ScratchDatabase) -> None:
    key = uuid4()
    async with db.transaction() as tx:
        tx.write(ADD, key, 1)
        assert await tx.look("select 1 as found from thing") is None
        assert await tx.fetchval(VERSIONS) == [1]
        tx.write(SET, key, 2)
        assert await tx.fetchval(VERSIONS) == [2]
    assert await db.fetchval(VERSIONS) == [2]


async def test_what_must_come_first_comes_before_what_was_queued(db: ScratchDatabase) -> None:
    seen: list[int] = []

    async def first(tx: Transaction) -> None:
        seen.append(await tx.fetchval("select count(*) from thing"))

    async with db.transaction(first) as tx:
        tx.write(ADD, uuid4(), 1)
        assert await tx.fetchval(VERSIONS) == [1]
        await tx.fetchval("select 1")
    assert seen == [0]


async def write_and_fail(db: ScratchDatabase, key: UUID, *, begin: bool) -> None:
    async with db.transaction() as tx:
        if begin:
            await tx.fetchval("select 1")
        tx.write(ADD, uuid4(), 1)
        tx.emit(withdrawn(key), key=key, version=1)
        tx.write(ADD, key, 2, refused={"thing_pkey": Taken})


@pytest.mark.parametrize("begin", [False, True])
async def test_a_refused_write_undoes_all_of_them(db: ScratchDatabase, begin: bool) -> None:
    key = uuid4()
    await write_and_fail(db, key, begin=begin)
    db.wake.clear()
    with pytest.raises(Taken):
        await write_and_fail(db, key, begin=begin)
    assert await db.fetchval("select count(*) from thing") == 2
    assert await db.fetchval("select count(*) from outbox") == 1
    assert not db.wake.is_set()


async def add_part(db: ScratchDatabase, thing: UUID) -> None:
    async with db.transaction() as tx:
        tx.write(
            "insert into part (thing_id) values ($1)", thing, refused={"part_of_a_thing": Taken}
        )


async def test_a_write_that_refers_to_nothing_is_refused_by_its_name(db: ScratchDatabase) -> None:
    with pytest.raises(Taken):
        await add_part(db, uuid4())
    assert await db.fetchval("select count(*) from part") == 0


async def keep_twice(db: ScratchDatabase, key: UUID) -> None:
    async with db.transaction() as tx:
        tx.write(KEEP, key, key, 1)
        tx.write(KEEP, key, key, 2)


async def test_a_constraint_nobody_named_keeps_its_own_name(db: ScratchDatabase) -> None:
    key = uuid4()
    with pytest.raises(asyncpg.UniqueViolationError, match="effect_event_id_key"):
        await keep_twice(db, key)


async def add_in_savepoint(tx: Transaction, *keys: UUID) -> None:
    async with tx.savepoint():
        for version, key in enumerate(keys, start=2):
            tx.write(ADD, key, version)


async def test_a_savepoint_undoes_what_was_queued_in_it(db: ScratchDatabase) -> None:
    key = uuid4()
    async with db.transaction() as tx:
        tx.write(ADD, key, 1)
        with pytest.raises(asyncpg.UniqueViolationError):
            await add_in_savepoint(tx, uuid4(), key)
        async with tx.savepoint():
            tx.write(ADD, uuid4(), 4)
    assert await db.fetchval(VERSIONS) == [1, 4]


async def read_and_refuse(db: ScratchDatabase) -> None:
    async with db.transaction() as tx:
        await tx.fetchval("select 1")
        raise Taken


async def test_a_connection_goes_back_without_anything_of_its_user(db: ScratchDatabase) -> None:
    for _ in range(3):
        with pytest.raises(Taken):
            await read_and_refuse(db)
    # Of this database: another worker's tests have transactions of their own open on the same server.
    idle = "select count(*) from pg_stat_activity where state like 'idle in%' and datname = $1"
    assert await db.fetchval(idle, db.name) == 0
