"""Who owns which shard can be seen, and a process that ends in order hands its shards on."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from chassis.outbox import Relay
from chassis.shards import shards
from chassis.testing import PATIENCE, MakeDatabase, ScratchDatabase, TestKafka, eventually

from .things import MIGRATIONS, change, read_all, versions

SCRIPT = Path(__file__).with_name("doomed_process.py")


@asynccontextmanager
async def another_relay(
    db: ScratchDatabase, kafka: TestKafka
) -> AsyncGenerator[asyncio.subprocess.Process]:
    user = kafka.settings(db.service)
    given = {
        "dsn": db.dsn,
        "service": db.service,
        "bootstrap": user.bootstrap,
        "username": user.username,
        "password": user.password,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), "relay", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given).encode())
    process.stdin.close()
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def owners(db: ScratchDatabase) -> set[str | None]:
    return {shard.owner for shard in await shards(db)}


async def owned_by(db: ScratchDatabase, pid: int) -> bool:
    found = await owners(db)
    return all(owner is not None and owner.endswith(f":{pid}") for owner in found)


async def test_shards_move_when_their_owner_ends(
    make_database: MakeDatabase, kafka: TestKafka
) -> None:
    db = await make_database("wishes", MIGRATIONS)
    topic, key = await kafka.topic(), uuid4()
    async with db.transaction() as tx:
        await change(tx, topic, key, times=3)
    before = await shards(db)
    assert [shard.number for shard in before] == list(range(16))
    assert await owners(db) == {None}
    assert sum(shard.waiting for shard in before) == 3
    assert sum("NOBODY" in str(shard) for shard in before) == 16

    stop = asyncio.Event()
    relay = asyncio.create_task(Relay(db, kafka.settings("wishes")).run(stop))
    try:
        await eventually(lambda: owned_by(db, os.getpid()))
        found = await shards(db)
        assert {len(str(shard)) for shard in found} == {len(str(before[0]))}
        assert all(str(shard.owner).startswith("wishes@") for shard in found)
        await eventually(lambda: db.fetchval("select not exists (select from outbox)"))
        async with another_relay(db, kafka) as other:
            # It runs and asks, and gets none while all are owned.
            await eventually(lambda: connected(db, other.pid))
            assert await owned_by(db, os.getpid())
            stop.set()
            await asyncio.wait_for(relay, PATIENCE)
            # This process goes on, and what it did not give up it would have for ever.
            await eventually(lambda: owned_by(db, other.pid))
            async with db.transaction() as tx:
                await change(tx, topic, key)
            await eventually(lambda: db.fetchval("select not exists (select from outbox)"))
    finally:
        stop.set()
        await asyncio.wait_for(relay, PATIENCE)
    assert versions(await read_all(kafka.settings("admin"), topic)) == {key: [1, 2, 3, 4]}


async def connected(db: ScratchDatabase, pid: int) -> bool:
    return await db.fetchval(
        "select count(*) = 4 from pg_stat_activity where application_name like $1", f"%:{pid}"
    )
