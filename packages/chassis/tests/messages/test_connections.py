"""The connections of a process: lent in turn, never twice at once, never one that is half done."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator

import asyncpg
import chassis.connections as subject
import pytest
from chassis.connections import Connections
from chassis.testing import PATIENCE, MakeDatabase, ScratchDatabase

from .things import MIGRATIONS

PID = "select pg_backend_pid()"


@pytest.fixture
async def db(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


@pytest.fixture
async def two(db: ScratchDatabase) -> AsyncGenerator[Connections]:
    connections = Connections(lambda: asyncpg.connect(db.dsn, timeout=PATIENCE), 2)
    yield connections
    await connections.close()


async def pid_of(connections: Connections) -> int:
    async with connections.one() as connection:
        return await connection.fetchval(PID)


async def test_the_one_that_came_back_last_goes_out_first(two: Connections) -> None:
    async with two.one() as first, two.one() as second:
        pids = await first.fetchval(PID), await second.fetchval(PID)
        assert (two.idle, two.used) == (0, 2)
    assert len({*pids}) == 2
    assert {await pid_of(two) for _ in range(5)} == {pids[0]}
    assert (two.idle, two.used) == (2, 0)


async def test_who_comes_first_is_served_first(two: Connections) -> None:
    served: list[int] = []

    async def ask(number: int) -> None:
        async with two.one() as connection:
            served.append(number)
            await connection.fetchval("select pg_sleep(0.02)")

    async with two.one(), two.one():
        asked = asyncio.gather(*map(ask, range(12)))
        await asyncio.sleep(0)
    await asked
    assert served == list(range(12))
    assert (two.idle, two.used) == (2, 0)


async def test_who_waits_too_long_is_told_and_leaves_no_gap(
    two: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two.one(), two.one():
        # Not before: making the first two may take longer, and is no wait for a place.
        monkeypatch.setattr(subject, "WAIT_LIMIT", 0.05)
        with pytest.raises(TimeoutError):
            await pid_of(two)
    assert await pid_of(two)
    assert (two.idle, two.used) == (2, 0)


async def test_a_place_comes_back_when_no_connection_can_be_made(db: ScratchDatabase) -> None:
    async def refuse() -> asyncpg.Connection:
        raise ConnectionRefusedError

    connections = Connections(refuse, 1)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await pid_of(connections)
    await connections.close()


async def test_one_that_the_server_ended_is_not_lent(two: Connections, db: ScratchDatabase) -> None:
    known = asyncio.Event()
    async with two.one() as connection:
        ended = await connection.fetchval(PID)
        connection.add_termination_listener(lambda _: known.set())
    admin = await asyncpg.connect(db.admin_dsn)
    await admin.fetchval("select pg_terminate_backend($1, 5000)", ended)
    await admin.close()
    async with asyncio.timeout(PATIENCE):
        await known.wait()
    assert await pid_of(two) != ended


async def test_what_was_cancelled_in_the_middle_is_not_lent_again(two: Connections) -> None:
    asked = asyncio.Event()

    async def long() -> None:
        async with two.one() as connection:
            asked.set()
            await connection.fetchval("select pg_sleep(20)")

    mine = await pid_of(two)
    task = asyncio.create_task(long())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (two.idle, two.used) == (0, 0)
    assert await pid_of(two) != mine


async def test_a_transaction_that_was_given_up_while_it_began_takes_nobodys_writes(
    db: ScratchDatabase,
) -> None:
    """PostgreSQL stands still, the caller goes away, PostgreSQL goes on: the next one must not find
    itself within what was begun."""
    admin = await asyncpg.connect(db.admin_dsn)
    await admin.execute("create table if not exists wishes.kept (n int)")
    await admin.execute("grant all on wishes.kept to wishes")
    try:
        for given_up in (1, 2, 3):
            pid = await db.fetchval(PID)

            async def begin() -> None:
                async with db.transaction() as tx:
                    await tx.fetchval("select 1")

            os.kill(pid, signal.SIGSTOP)
            task = asyncio.create_task(begin())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.sleep(0.05)
            os.kill(pid, signal.SIGCONT)
            with pytest.raises(asyncio.CancelledError):
                await task
            async with db.transaction() as tx:
                await tx.execute("insert into kept values ($1)", given_up)
            assert await admin.fetchval("select count(*) from wishes.kept") == given_up
    finally:
        await admin.execute("drop table wishes.kept")
        await admin.close()


async def test_what_was_given_up_is_stopped_before_its_place_is_free(
    db: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy PostgreSQL stops late, but long before the statement would have ended by itself.
    for limit in ("WAIT_LIMIT", "END_LIMIT"):
        monkeypatch.setattr(subject, limit, PATIENCE)
    one = Connections(lambda: asyncpg.connect(db.dsn, timeout=PATIENCE), 1)
    admin = await asyncpg.connect(db.admin_dsn)
    pid = await pid_of(one)

    async def long() -> None:
        async with one.one() as connection:
            await connection.fetchval("select pg_sleep(600)", timeout=0.05)

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(TimeoutError):
            await long()
        assert await pid_of(one) != pid
    running = "select count(*) from pg_stat_activity where query like 'select pg_sleep(600)%' and pid = $1"
    assert await admin.fetchval(running, pid) == 0
    await admin.close()
    await one.close()


async def test_an_old_one_is_not_lent_once_more(
    two: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await pid_of(two)
    monkeypatch.setattr(subject, "AGE_LIMIT", 0.0)
    assert await pid_of(two) != old


async def test_what_comes_back_after_the_end_ends(
    db: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "CLOSE_LIMIT", 0.0)
    made, came = asyncio.Event(), asyncio.Event()

    async def slowly() -> asyncpg.Connection:
        connection = await asyncpg.connect(db.dsn, timeout=PATIENCE)
        made.set()
        await came.wait()
        return connection

    connections = Connections(slowly, 1)
    asked = asyncio.create_task(pid_of(connections))
    await made.wait()
    await connections.close()
    came.set()
    with pytest.raises(asyncpg.InterfaceError):
        await asked
    assert (connections.idle, connections.used) == (0, 0)


async def test_an_open_transaction_is_nobody_elses(two: Connections) -> None:
    async with two.one() as connection:
        mine = await connection.fetchval(PID)
        await connection.execute("begin")
    assert await pid_of(two) != mine


async def test_old_ones_and_idle_ones_end(
    two: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two.one() as first, two.one() as second:
        top, bottom = await first.fetchval(PID), await second.fetchval(PID)
    monkeypatch.setattr(subject, "IDLE_LIMIT", 0.0)
    assert await pid_of(two) == top
    assert two.idle == 1
    monkeypatch.setattr(subject, "AGE_LIMIT", 0.0)
    assert await pid_of(two) not in (top, bottom)


async def test_closing_ends_all_of_them_also_the_lent(
    db: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "CLOSE_LIMIT", 0.05)
    async with (await db.open()).one() as connection:
        await db.close()
        assert connection.is_closed()


async def test_many_at_once_on_few_connections(
    db: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is given up keeps its place until PostgreSQL has stopped, and the others wait for that.
    monkeypatch.setattr(subject, "WAIT_LIMIT", PATIENCE)

    async def ask(number: int) -> int:
        if number % 7 == 0:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(db.fetchval("select pg_sleep(5)"), 0.02)
            return number
        async with db.transaction() as tx:
            return await tx.fetchval("select $1::int", number)

    assert await asyncio.gather(*map(ask, range(1, 100))) == list(range(1, 100))
