"""The database: events with the transaction, trouble by its kind, roles with their rights."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis import context, migrate
from chassis.db import Transaction
from chassis.errors import Transient
from chassis.testing import MakeDatabase, ScratchDatabase
from orjson import loads
from prometheus_client import REGISTRY

from .things import MIGRATIONS, change, withdrawn

OUTBOX = "select shard, id, event_id, topic, key, headers from outbox order by id"
WITHDRAWN = {"type": "wishtree.WishWithdrawn.v1"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Refused(Exception):
    """A rule of the domain says no."""


async def emit_and_refuse(db: ScratchDatabase, key: UUID) -> None:
    async with db.transaction() as tx:
        tx.emit(withdrawn(key), key=key, version=1)
        raise Refused


async def emit_in_savepoint_and_refuse(tx: Transaction, key: UUID) -> None:
    async with tx.savepoint():
        tx.emit(withdrawn(key), key=key, version=2)
        raise Refused


async def lose_connection(db: ScratchDatabase, admin: asyncpg.Connection) -> None:
    async with db.transaction() as tx:
        mine = await tx.fetchval("select pg_backend_pid()")
        await admin.fetchval("select pg_terminate_backend($1, 5000)", mine)
        await tx.fetchval("select 1")


@pytest.fixture
async def db(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


async def test_an_event_is_in_the_outbox_if_and_only_if_the_transaction_commits(
    db: ScratchDatabase,
) -> None:
    key = uuid4()
    with pytest.raises(Refused):
        await emit_and_refuse(db, key)
    assert await db.fetch(OUTBOX) == []
    assert not db.wake.is_set()

    with context.bound("story", "cause", TRACE):
        async with db.transaction() as tx:
            event_id = tx.emit(withdrawn(key), key=key, version=1)
    (row,) = await db.fetch(OUTBOX)
    headers = dict(loads(row["headers"]))
    assert row["event_id"] == event_id
    assert row["topic"] == "wishtree.wish.events.v1"
    assert row["key"] == headers["ce_subject"] == str(key)
    assert headers["ce_correlationid"] == "story"
    assert headers["ce_causationid"] == "cause"
    assert headers["traceparent"] == TRACE
    assert db.wake.is_set()


def shown(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(f"wishtree_{name}", labels) or 0


async def test_events_are_counted_when_they_are_committed_and_only_then(
    db: ScratchDatabase,
) -> None:
    before = shown("events_written_total", WITHDRAWN)
    with pytest.raises(Refused):
        await emit_and_refuse(db, uuid4())
    assert shown("events_written_total", WITHDRAWN) == before
    key = uuid4()
    async with db.transaction() as tx:
        tx.emit(withdrawn(key), key=key, version=1)
        with pytest.raises(Refused):
            await emit_in_savepoint_and_refuse(tx, key)
        tx.emit(withdrawn(key), key=key, version=2)
        assert shown("events_written_total", WITHDRAWN) == before
    assert shown("events_written_total", WITHDRAWN) == before + 2


async def test_the_pool_shows_who_holds_and_who_waited(db: ScratchDatabase) -> None:
    waited = shown("db_pool_wait_seconds_count", {})
    async with db.transaction(), db.transaction():
        assert shown("db_pool_connections", {"state": "used"}) == 2
    assert shown("db_pool_connections", {"state": "used"}) == 0
    assert shown("db_pool_connections", {"state": "idle"}) >= 2
    assert shown("db_pool_wait_seconds_count", {}) == waited + 2


async def test_a_savepoint_takes_its_events_back(db: ScratchDatabase) -> None:
    key = uuid4()
    async with db.transaction() as tx:
        tx.emit(withdrawn(key), key=key, version=1)
        with pytest.raises(Refused):
            await emit_in_savepoint_and_refuse(tx, key)
        tx.emit(withdrawn(key), key=key, version=2)
    assert len(await db.fetch(OUTBOX)) == 2


async def test_order_of_ids_is_order_of_versions_under_concurrent_commands(
    db: ScratchDatabase,
) -> None:
    key = uuid4()

    async def command() -> None:
        async with db.transaction() as tx:
            await change(tx, "test.order", key)

    await asyncio.gather(*(command() for _ in range(20)))
    rows = await db.fetch(OUTBOX)
    found = [int(dict(loads(row["headers"]))["ce_aggregateversion"]) for row in rows]
    assert found == list(range(1, 21))


async def test_a_header_no_column_can_hold_is_kept_readable(db: ScratchDatabase) -> None:
    async with db.transaction() as tx:
        tx.enqueue(uuid4(), "test.dlq", "k", [("x\0y", b"a\0b\xff")], b"\0")
    (row,) = await db.fetch(OUTBOX)
    assert loads(row["headers"]) == [["x\ufffdy", "a\ufffdb\ufffd"]]


async def test_a_lost_connection_is_transient_and_the_next_one_works(db: ScratchDatabase) -> None:
    admin = await asyncpg.connect(db.admin_dsn)
    try:
        with pytest.raises(Transient):
            await lose_connection(db, admin)
    finally:
        await admin.close()
    assert await db.fetchval("select true")


async def test_a_deadlock_is_transient_even_inside_a_savepoint(db: ScratchDatabase) -> None:
    first, second = uuid4(), uuid4()
    for key in (first, second):
        async with db.transaction() as tx:
            await change(tx, "test.deadlock", key)
    met = asyncio.Barrier(2)

    async def cross(one: object, other: object) -> None:
        async with db.transaction() as tx, tx.savepoint():
            await tx.execute("update thing set version = 9 where id = $1", one)
            await met.wait()
            await tx.execute("update thing set version = 9 where id = $1", other)

    answers = await asyncio.gather(
        cross(first, second), cross(second, first), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Transient"]


async def test_the_runtime_role_reaches_its_own_schema_only(db: ScratchDatabase) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.fetch("select 1 from points.outbox")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.fetchval("create table wishes.mine (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction() as tx:
            await tx.execute("drop table outbox")


async def test_migrations_may_run_twice_and_at_once(db: ScratchDatabase) -> None:
    await asyncio.gather(*(migrate.apply(db.owner_dsn, "wishes", MIGRATIONS) for _ in range(3)))
    assert await db.fetchval("select count(*) from thing") == 0


async def test_the_event_log_has_a_partition_for_this_month_and_the_next_two(
    db: ScratchDatabase,
) -> None:
    # As the relay does it, in another time zone than the migration's.
    await db.fetchval("select ensure_event_log_partitions()")
    found = await db.fetchval(
        "select count(*) from pg_class where relname ~ '^event_log_20[0-9]{2}_[0-9]{2}$'"
    )
    assert found == 3
