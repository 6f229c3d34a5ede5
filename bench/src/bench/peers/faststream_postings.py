"""The same postings by a FastStream subscriber, one event per transaction, acknowledged by hand.

Runs in the peers' environment and imports nothing of ours.
"""

import asyncio
import json
import os
import signal
import sys
import uuid
import zlib
from typing import Any

import asyncpg
import uvloop
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512

TOPIC = "wishtree.wish.events.v1"
CONTRA = uuid.UUID(int=0)
INBOX = """
insert into inbox (event_id, consumer) values ($1, 'points') on conflict do nothing
returning event_id
"""
HOLDER = """
insert into holder as h (id, kind, version) values ($1, 'volunteer', 1)
on conflict (id) do update set version = h.version + 1 returning version
"""
POSTING = """
insert into posting (id, source_event_id, wish_id, rule_version, at) values ($1, $2, $3, 1, now())
"""
ENTRIES = """
insert into entry (posting_id, book, holder_id, amount)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
"""
OUTBOX = """
insert into outbox (shard, event_id, topic, key, headers, payload) values ($1, $2, $3, $4, $5, $6)
"""


async def post(pool: asyncpg.Pool, number: uuid.UUID, data: dict[str, Any]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(INBOX, number) is None:
            return
        key = data["claimant"]["id"]
        person, posting = uuid.UUID(key), uuid.uuid4()
        minutes = data["services"][0]["minutes"]
        points = 2 + minutes // 60
        version = await connection.fetchval(HOLDER, person)
        await connection.execute(POSTING, posting, number, uuid.UUID(data["wish_id"]))
        await connection.execute(
            ENTRIES,
            [posting] * 4,
            ["points", "points", "hours", "hours"],
            [person, CONTRA, person, CONTRA],
            [points, -points, minutes, -minutes],
        )
        said = {"posting_id": str(posting), "points": points, "minutes": minutes}
        headers = [["ce_id", str(uuid.uuid4())], ["ce_aggregateversion", str(version)]]
        await connection.execute(
            OUTBOX,
            zlib.crc32(key.encode()) & 15,
            uuid.uuid4(),
            "wishtree.points.events.v1",
            key,
            json.dumps(headers),
            json.dumps(said).encode(),
        )


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = {"search_path": "points"}
    pool = await asyncpg.create_pool(os.environ["DSN"], min_size=2, server_settings=settings)
    broker = KafkaBroker(
        os.environ["BOOTSTRAP"],
        security=SASLScram512(
            username=os.environ["KAFKA_USER"],
            password=os.environ["KAFKA_PASSWORD"],
            use_ssl=False,
        ),
        logger=None,
    )

    @broker.subscriber(
        TOPIC, group_id="points", auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL
    )
    async def fulfilled(message: KafkaMessage) -> None:
        data = json.loads(message.body)
        await post(pool, uuid.UUID(message.headers["ce_id"]), data)
        await message.ack()

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await broker.start()
    await stop.wait()
    await broker.stop()
    await pool.close()


if __name__ == "__main__":
    uvloop.run(main())
