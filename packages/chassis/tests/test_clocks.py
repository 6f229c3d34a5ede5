"""What is due is done once, whoever looks, and what fails keeps nobody else from its turn."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from chassis import clocks
from chassis.clock import now
from chassis.clocks import Clocks, Dial
from chassis.db import Database
from chassis.errors import Transient
from chassis.testing import PATIENCE, MakeDatabase, eventually
from prometheus_client import REGISTRY

MIGRATIONS = Path(__file__).parent / "migrations"
# A lantern is due so many days after the first of January as it is large; lit, it has words.
DUE = """
select id, timestamptz '2026-01-01 00:00+08' + size * interval '1 day' as due_at from lantern
where words = '' and timestamptz '2026-01-01 00:00+08' + size * interval '1 day' <= $1
order by size limit $2
"""
LIGHT = "update lantern set words = words || 'x' where id = $1 and words = ''"
NEW_YEAR = datetime.fromisoformat("2026-01-01T00:00:00+08:00")


def day(number: int) -> datetime:
    return NEW_YEAR + timedelta(days=number)


async def lanterns(make_database: MakeDatabase, count: int) -> Database:
    db: Database = await make_database("wishes", MIGRATIONS)
    async with db.transaction() as tx:
        rows = [(uuid4(), "", n) for n in range(1, count + 1)]
        await tx.executemany("insert into lantern (id, words, size) values ($1, $2, $3)", rows)
    return db


def lighting(db: Database) -> Callable[[UUID, datetime], Awaitable[None]]:
    async def light(lantern: UUID, _: datetime) -> None:
        async with db.transaction() as tx:
            await tx.execute(LIGHT, lantern)

    return light


async def lit(db: Database) -> list[str]:
    return [row["words"] for row in await db.fetch("select words from lantern order by size")]


async def all_lit(db: Database) -> bool:
    return set(await lit(db)) == {"x"}


async def test_each_moment_is_seen_to_once_though_several_look(make_database: MakeDatabase) -> None:
    db = await lanterns(make_database, 5)
    dials = [Dial("lantern", DUE, lighting(db))]
    for workers in (3, 1):
        looking = [Clocks(db, lambda: day(3), dials) for _ in range(workers)]
        await asyncio.gather(*(each.look() for each in looking))
        assert await lit(db) == ["x", "x", "x", "", ""]
    await Clocks(db, lambda: day(9), dials).look()
    assert await lit(db) == ["x"] * 5


async def test_one_that_fails_is_late_and_stops_nobody(make_database: MakeDatabase) -> None:
    db = await lanterns(make_database, 3)
    broken, light = await db.fetchval("select id from lantern where size = 1"), lighting(db)

    async def tick(lantern: UUID, at: datetime) -> None:
        if lantern == broken:
            raise LookupError("this one")
        await light(lantern, at)

    watch = Clocks(db, lambda: day(3), [Dial("lantern", DUE, tick)])
    assert await watch.look() is False
    assert await lit(db) == ["", "x", "x"]
    assert REGISTRY.get_sample_value("wishtree_clock_late_seconds") == 2 * 24 * 3600
    broken = None
    await watch.look()
    assert await lit(db) == ["x"] * 3
    assert REGISTRY.get_sample_value("wishtree_clock_late_seconds") == 0


async def test_more_than_one_look_takes_are_done_without_a_rest(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await lanterns(make_database, 5)
    monkeypatch.setattr(clocks, "AT_ONCE", 2)
    monkeypatch.setattr(clocks, "LOOK_EVERY", 3600.0)
    stop = asyncio.Event()
    running = asyncio.create_task(
        Clocks(db, lambda: day(9), [Dial("lantern", DUE, lighting(db))]).run(stop)
    )
    await eventually(lambda: all_lit(db))
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_trouble_of_the_database_makes_it_wait(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await lanterns(make_database, 1)
    tries = 0
    light = lighting(db)

    async def tick(lantern: UUID, at: datetime) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Transient("PostgreSQL: OSError")
        await light(lantern, at)

    monkeypatch.setattr(clocks, "LOOK_EVERY", 0.01)
    stop = asyncio.Event()
    running = asyncio.create_task(Clocks(db, now, [Dial("lantern", DUE, tick)]).run(stop))
    await eventually(lambda: all_lit(db))
    stop.set()
    await asyncio.wait_for(running, PATIENCE)
