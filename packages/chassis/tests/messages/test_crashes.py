"""Crashes at the two worst moments: the inbox turns "at least once" into "once"."""

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from uuid import uuid4

from chassis.consumer import Consumer
from chassis.outbox import Relay
from chassis.testing import PATIENCE, MakeDatabase, ScratchDatabase, TestKafka, eventually

from .things import MIGRATIONS, change, count_effects, effects, keep, read_all, running

SCRIPT = Path(__file__).with_name("doomed_process.py")


async def dies(role: str, fault: str, db: ScratchDatabase, kafka: TestKafka, **more: str) -> None:
    """Run the part in a process that is killed at the fault point."""
    user = kafka.settings(db.service)
    given = {
        "dsn": db.dsn,
        "service": db.service,
        "bootstrap": user.bootstrap,
        "username": user.username,
        "password": user.password,
    } | more
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        role,
        stdin=asyncio.subprocess.PIPE,
        env={"WISHTREE_FAULTS": fault, "WISHTREE_ENVIRONMENT": "test"},
    )
    try:
        await asyncio.wait_for(process.communicate(json.dumps(given).encode()), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == -signal.SIGKILL


async def test_killed_after_sending_before_deleting_makes_duplicates_that_the_inbox_drops(
    make_database: MakeDatabase, kafka: TestKafka
) -> None:
    wishes = await make_database("wishes", MIGRATIONS)
    points = await make_database("points", MIGRATIONS)
    topic, key = await kafka.topic(), uuid4()
    async with wishes.transaction() as tx:
        await change(tx, topic, key, times=5)

    await dies("relay", "relay_sent", wishes, kafka)
    assert await wishes.fetchval("select count(*) from outbox") == 5

    consumer = Consumer(
        points, kafka.settings("points"), group=kafka.group(), topics=[topic], handle=keep
    )
    async with running(Relay(wishes, kafka.settings("wishes")).run), running(consumer.run):
        await eventually(lambda: wishes.fetchval("select not exists (select from outbox)"))
        async with wishes.transaction() as tx:
            await change(tx, topic, key)
        await eventually(lambda: count_six(points))
    assert await effects(points) == {key: [1, 2, 3, 4, 5, 6]}
    assert await points.fetchval("select count(*) from dead_letter") == 0
    ids = Counter(
        dict(record.headers)["ce_id"] for record in await read_all(kafka.settings("admin"), topic)
    )
    assert sorted(ids.values()) == [1, 2, 2, 2, 2, 2]


async def count_six(db: ScratchDatabase) -> bool:
    return await count_effects(db) == 6


async def test_killed_after_the_database_before_the_offset_handles_nothing_twice(
    make_database: MakeDatabase, kafka: TestKafka
) -> None:
    wishes = await make_database("wishes", MIGRATIONS)
    points = await make_database("points", MIGRATIONS)
    topic, group, key = await kafka.topic(), kafka.group(), uuid4()
    async with wishes.transaction() as tx:
        await change(tx, topic, key, times=5)
    async with running(Relay(wishes, kafka.settings("wishes")).run):
        await eventually(lambda: wishes.fetchval("select not exists (select from outbox)"))

        await dies("consumer", "consumer_handled", points, kafka, topic=topic, group=group)
        assert await count_effects(points) == 5

        async with wishes.transaction() as tx:
            await change(tx, topic, key)
        consumer = Consumer(
            points, kafka.settings("points"), group=group, topics=[topic], handle=keep
        )
        async with running(consumer.run):
            await eventually(lambda: count_six(points))
    assert await effects(points) == {key: [1, 2, 3, 4, 5, 6]}
    assert await points.fetchval("select count(*) from dead_letter") == 0
