"""A service of two tables: things with versions on one side, effects of their events on the other."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from chassis.clock import now
from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.kafka import KafkaSettings
from chassis.testing import PATIENCE
from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.registry import spec_of
from contracts.wishes import WishWithdrawn

MIGRATIONS = Path(__file__).parent / "migrations"
BUMP = """
insert into thing (id, version) values ($1, 1)
on conflict (id) do update set version = thing.version + 1 returning version
"""
KEEP = "insert into effect (event_id, key, version) values ($1, $2, $3)"


def withdrawn(key: UUID) -> WishWithdrawn:
    return WishWithdrawn(
        wish_id=key,
        area="610102007001",
        reason="no_longer_needed",
        withdrawn_at=now(),
    )


async def change(tx: Transaction, topic: str, key: UUID, *, times: int = 1) -> None:
    """What every command does: lock the aggregate's row, then its events; to a topic of the test."""
    for _ in range(times):
        version = await tx.fetchval(BUMP, key)
        spec = spec_of(WishWithdrawn)
        event: Event[EventData] = Event(
            id=uuid7(),
            type=spec.type,
            source=spec.source,
            subject=str(key),
            time=now(),
            data=withdrawn(key),
            aggregate_version=version,
            correlation_id=f"story-of-{key}",
        )
        message = encode(event)
        tx.enqueue(event.id, topic, str(key), message.headers, message.value)


async def keep(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
    """The consumer's work. A second handling of the same event would break the unique rule."""
    await tx.executemany(KEEP, [(e.id, UUID(e.subject), e.aggregate_version) for e in events])


async def effects(db: Database) -> dict[UUID, list[int]]:
    """Key → the versions in the order in which they were handled."""
    found: dict[UUID, list[int]] = {}
    for row in await db.fetch("select key, version from effect order by position"):
        found.setdefault(row["key"], []).append(row["version"])
    return found


async def count_effects(db: Database) -> int:
    return await db.fetchval("select count(*) from effect")


async def read_all(kafka: KafkaSettings, topic: str, partitions: int = 12) -> list[Any]:
    """Everything that stands in the topic now, by a plain reader without our code."""
    reader = AIOKafkaConsumer(**kafka.client(), auto_offset_reset="earliest")
    await reader.start()
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        reader.assign(places)
        ends = await reader.end_offsets(places)
        records: list[Any] = []
        async with asyncio.timeout(PATIENCE):
            while any([await reader.position(place) < ends[place] for place in places]):
                for fetched in (await reader.getmany(timeout_ms=200)).values():
                    records += fetched
        return records
    finally:
        await reader.stop()


def versions(records: Sequence[Any]) -> dict[UUID, list[int]]:
    """Key → versions in the order of the log. One key is in one partition only."""
    found: dict[UUID, list[int]] = {}
    places: dict[UUID, set[int]] = {}
    for record in records:
        event = decode(record.headers, record.value)
        key = UUID(event.subject)
        found.setdefault(key, []).append(event.aggregate_version)
        places.setdefault(key, set()).add(record.partition)
    assert all(len(used) == 1 for used in places.values())
    return found


@asynccontextmanager
async def running(run: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncGenerator[None]:
    """A relay or a consumer in the background, stopped in order at the end."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE)
