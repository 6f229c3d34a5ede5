"""The limit: the shortest loop that takes rows, sends them in batches and moves them. It knows no
outage, no second relay, no late commit and no metrics."""

import asyncio
import os
import signal
from functools import lru_cache
from itertools import starmap
from typing import Any

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

BATCH, SHARDS, AT_ONCE = 2_000, 16, 4
TAKE = "select id, topic, key, headers, payload from outbox where shard = $1 order by id limit $2"
MOVE = """
with sent as (delete from outbox where shard = $1 and id = any($2) returning *)
insert into event_log (event_id, topic, key, headers, payload, created_at)
select event_id, topic, key, headers, payload, created_at from sent
"""


@lru_cache(100_000)
def partition(key: str, count: int) -> int:
    return (murmur2(key.encode()) & 0x7FFFFFFF) % count


async def drain(connection: asyncpg.Connection, producer: AIOKafkaProducer, shard: int) -> int:
    rows = await connection.fetch(TAKE, shard, BATCH)
    batches: dict[int, tuple[Any, list[int]]] = {}
    for row in rows:
        place = partition(row["key"], 12)
        if place not in batches:
            batches[place] = (producer.create_batch(), [])
        batch, ids = batches[place]
        headers = [(name, value.encode()) for name, value in orjson.loads(row["headers"])]
        key = row["key"].encode()
        if batch.append(key=key, value=row["payload"], timestamp=None, headers=headers) is not None:
            ids.append(row["id"])

    async def send(place: int, batch: Any, topic: str) -> None:
        batch.close()
        await (await producer.send_batch(batch, topic, partition=place))

    if rows:
        topic = rows[0]["topic"]
        await asyncio.gather(
            *starmap(send, ((place, batch, topic) for place, (batch, _) in batches.items()))
        )
        sent = [number for _, ids in batches.values() for number in ids]
        await connection.execute(MOVE, shard, sent)
    return len(rows)


async def work(producer: AIOKafkaProducer, shards: range, stop: asyncio.Event) -> None:
    settings = {"search_path": "wishes"}
    connection = await asyncpg.connect(os.environ["DSN"], server_settings=settings)
    while not stop.is_set():
        if not sum([await drain(connection, producer, shard) for shard in shards]):
            await asyncio.sleep(0.02)
    await connection.close()


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["BOOTSTRAP"],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=os.environ["KAFKA_USER"],
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        enable_idempotence=True,
        acks="all",
        max_batch_size=262_144,
    )
    await producer.start()
    print("ready", flush=True)  # noqa: T201
    shards = [range(first, SHARDS, AT_ONCE) for first in range(AT_ONCE)]
    await asyncio.gather(*(work(producer, some, stop) for some in shards))
    await producer.stop()


if __name__ == "__main__":
    uvloop.run(main())
