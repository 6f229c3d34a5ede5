"""The limit: a batch per partition, inbox, posting, entries and the outbox row, then the offset.

No schema check, no parked keys, no savepoints, no reversals, no rules, no rebalance.
"""

import asyncio
import os
import signal
import sys
import uuid
import zlib
from typing import Any

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer

TOPIC = "wishtree.wish.events.v1"
CONTRA = uuid.UUID(int=0)
INBOX = """
insert into inbox (event_id, consumer) select unnest($1::uuid[]), 'points'
on conflict do nothing returning event_id
"""
HOLDERS = """
insert into holder as h (id, kind, version)
select id, 'volunteer', times from unnest($1::uuid[], $2::int[]) as t (id, times) order by id
on conflict (id) do update set version = h.version + excluded.version returning id, version
"""
POSTINGS = """
insert into posting (id, source_event_id, wish_id, rule_version, at)
select id, source, wish, 1, now() from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as t (id, source, wish)
"""
ENTRIES = """
insert into entry (posting_id, book, holder_id, amount)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
"""
OUTBOX = """
insert into outbox (shard, event_id, topic, key, headers, payload)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[])
"""


async def batch(connection: asyncpg.Connection, records: list[Any]) -> None:
    events: dict[uuid.UUID, dict[str, Any]] = {}
    for record in records:
        number = dict(record.headers)["ce_id"]
        events[uuid.UUID(number.decode())] = orjson.loads(record.value)
    async with connection.transaction():
        fresh = [row["event_id"] for row in await connection.fetch(INBOX, sorted(events))]
        if not fresh:
            return
        people: dict[uuid.UUID, int] = {}
        for number in fresh:
            person = uuid.UUID(events[number]["claimant"]["id"])
            people[person] = people.get(person, 0) + 1
        versions = {
            row["id"]: row["version"]
            for row in await connection.fetch(HOLDERS, list(people), list(people.values()))
        }
        postings: list[tuple[Any, ...]] = []
        entries: list[tuple[Any, ...]] = []
        told: list[tuple[Any, ...]] = []
        for number in fresh:
            data = events[number]
            person = uuid.UUID(data["claimant"]["id"])
            minutes = data["services"][0]["minutes"]
            points = 2 + minutes // 60
            posting = uuid.uuid4()
            postings.append((posting, number, uuid.UUID(data["wish_id"])))
            for book, amount in (("points", points), ("hours", minutes)):
                entries.append((posting, book, person, amount))
                entries.append((posting, book, CONTRA, -amount))
            said = {"posting_id": str(posting), "points": points, "minutes": minutes}
            headers = [["ce_id", str(uuid.uuid4())], ["ce_aggregateversion", str(versions[person])]]
            key = str(person)
            told.append(
                (
                    zlib.crc32(key.encode()) & 15,
                    uuid.uuid4(),
                    "wishtree.points.events.v1",
                    key,
                    orjson.dumps(headers).decode(),
                    orjson.dumps(said),
                )
            )
        await connection.execute(POSTINGS, *map(list, zip(*postings, strict=True)))
        await connection.execute(ENTRIES, *map(list, zip(*entries, strict=True)))
        await connection.execute(OUTBOX, *map(list, zip(*told, strict=True)))


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = {"search_path": "points"}
    connection = await asyncpg.connect(os.environ["DSN"], server_settings=settings)
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=os.environ["BOOTSTRAP"],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=os.environ["KAFKA_USER"],
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        group_id="points",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await consumer.start()
    while not stop.is_set():
        for place, records in (await consumer.getmany(timeout_ms=200, max_records=2_000)).items():
            await batch(connection, records)
            await consumer.commit({place: records[-1].offset + 1})
    await consumer.stop()
    await connection.close()


if __name__ == "__main__":
    uvloop.run(main())
