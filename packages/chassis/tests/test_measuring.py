"""A measuring loop looks at once, survives trouble, and stops when asked."""

import asyncio

import asyncpg
import pytest
from chassis import measuring
from chassis.errors import Transient
from chassis.measuring import Measuring
from chassis.testing import PATIENCE, eventually


async def test_trouble_waits_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "EVERY", 0.01)
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise Transient("PostgreSQL: OSError")
        if looks == 2:
            raise asyncpg.UndefinedTableError("not migrated yet")

    stop = asyncio.Event()
    running = asyncio.create_task(Measuring(look).run(stop))
    await eventually(lambda: looks >= 3)
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_a_long_look_is_followed_by_a_long_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "EVERY", 0.0)
    rests: list[float] = []

    async def rest(stop: asyncio.Event, seconds: float) -> None:
        rests.append(seconds)
        stop.set()

    async def look() -> None:
        await asyncio.sleep(0.05)

    monkeypatch.setattr(measuring, "sleep_unless", rest)
    await Measuring(look).run(asyncio.Event())
    assert rests[0] >= 2.5
