"""Commits events at a steady rate beside a running relay, as a service does, and prints when.

`python -m bench.relays.commits WHO RATE COUNT`: a line per commit, `event id, seconds since 1970`.
WHO is `ours` (our relay, woken in the process), `bare` (the bare loop, woken in the process) or
`debezium` (only commits: somebody else reads the log).
"""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer
from chassis.db import Database
from chassis.kafka import KafkaSettings
from chassis.outbox import Relay

from bench import debezium
from bench.relays import bare
from bench.rows import TOPIC, Row, rows

Commit = Callable[[Row, uuid.UUID], Awaitable[None]]
CONNECTED = 3.0
"""Seconds until a relay has its connections and its shards."""
INSERT = """
insert into outbox (shard, event_id, topic, key, headers, payload) values ($1, $2, $3, $4, $5, $6)
"""
INSERT_DEBEZIUM = f"""
insert into peers.dbz_outbox ({", ".join(debezium.COLUMNS)}) values ($1, $2, $3, $4, $5, $6)
"""  # noqa: S608


@asynccontextmanager
async def ours() -> AsyncGenerator[Commit]:
    stop = asyncio.Event()
    db = Database(os.environ["DSN"], service="wishes")
    kafka = KafkaSettings(
        os.environ["BOOTSTRAP"], os.environ["KAFKA_USER"], os.environ["KAFKA_PASSWORD"]
    )
    relay = asyncio.create_task(Relay(db, kafka).run(stop))

    async def commit(row: Row, event_id: uuid.UUID) -> None:
        async with db.transaction() as tx:
            tx.enqueue(event_id, TOPIC, row.key, _headers(row, event_id), row.payload)

    yield commit
    stop.set()
    await relay
    await db.close()


@asynccontextmanager
async def bare_loop() -> AsyncGenerator[Commit]:
    path = {"search_path": "wishes"}
    writing = await asyncpg.connect(os.environ["DSN"], server_settings=path)
    reading = await asyncpg.connect(os.environ["DSN"], server_settings=path)
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["BOOTSTRAP"],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=os.environ["KAFKA_USER"],
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        enable_idempotence=True,
        acks="all",
    )
    await producer.start()
    written: asyncio.Queue[int] = asyncio.Queue()

    async def loop() -> None:
        while True:
            await bare.drain(reading, producer, await written.get())

    async def commit(row: Row, event_id: uuid.UUID) -> None:
        headers = json.dumps([[n, v.decode()] for n, v in _headers(row, event_id)])
        await writing.execute(INSERT, row.shard, event_id, TOPIC, row.key, headers, row.payload)
        written.put_nowait(row.shard)

    relay = asyncio.create_task(loop())
    yield commit
    relay.cancel()
    await producer.stop()
    await writing.close()
    await reading.close()


@asynccontextmanager
async def debezium_only() -> AsyncGenerator[Commit]:
    connection = await asyncpg.connect(os.environ["DSN"])

    async def commit(row: Row, event_id: uuid.UUID) -> None:
        values = debezium.records([row])[0]
        await connection.execute(INSERT_DEBEZIUM, event_id, *values[1:])

    yield commit
    await connection.close()


def _headers(row: Row, event_id: uuid.UUID) -> list[tuple[str, bytes]]:
    headers = [(name, value.encode()) for name, value in row.headers if name != "ce_id"]
    return [("ce_id", str(event_id).encode()), *headers]


RELAYS = {"ours": ours, "bare": bare_loop, "debezium": debezium_only}


async def main(who: str, rate: float, count: int) -> None:
    lines: list[str] = []
    made = rows(count, seed=5)
    async with RELAYS[who]() as commit:
        await asyncio.sleep(CONNECTED)
        began = time.monotonic()
        for number, row in enumerate(made):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            event_id = uuid.uuid4()
            await commit(row, event_id)
            lines.append(f"{event_id} {time.time():.6f}")
        await asyncio.sleep(1)
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
