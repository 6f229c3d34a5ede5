"""Old answers and the memory of old events go; what may be asked for again stays."""

import asyncio
from pathlib import Path

from chassis.housekeeping import Housekeeping, tidy
from chassis.testing import PATIENCE, MakeDatabase, eventually

MIGRATIONS = Path(__file__).parent / "migrations"
ANSWERS = """
insert into idempotency (principal, key, route, request_sha256, created_at)
select 'p', n || $1, 'r', 'x', now() - $1::text::interval from generate_series(1, $2) n
"""
EVENTS = """
insert into inbox (event_id, consumer, received_at)
select gen_random_uuid(), 'c', now() - $1::text::interval from generate_series(1, $2)
"""


async def test_only_what_is_old_goes(make_database: MakeDatabase) -> None:
    db = await make_database("wishes", MIGRATIONS)
    async with db.transaction() as tx:
        for age, number in (("1 hour", 3), ("3 days", 2500)):
            await tx.execute(ANSWERS, age, number)
        for age, number in (("89 days", 4), ("101 days", 5)):
            await tx.execute(EVENTS, age, number)
    assert await tidy(db) == 2505
    assert await db.fetchval("select count(*) from idempotency") == 3
    assert await db.fetchval("select count(*) from inbox") == 4


async def test_it_tidies_at_once_and_stops_when_asked(make_database: MakeDatabase) -> None:
    db = await make_database("wishes", MIGRATIONS)
    async with db.transaction() as tx:
        await tx.execute(ANSWERS, "3 days", 1)
    stop = asyncio.Event()
    keeper = asyncio.create_task(Housekeeping(db).run(stop))

    async def clean() -> bool:
        return await db.fetchval("select count(*) = 0 from idempotency")

    await eventually(clean)
    stop.set()
    await asyncio.wait_for(keeper, PATIENCE)
