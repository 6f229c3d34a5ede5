"""Rebuild: a service's copy of what others said, emptied and filled again from the topics.

Guarantees: either the whole copy is new or nothing changed, all in one transaction; exactly the events
that this service's consumer has handled are handled again, each once, each key's in the order of its
versions, whatever repeats a replay has put into the topic. The consumer waits meanwhile, it need not
be stopped, and goes on where it was: neither its offsets nor its inbox are touched.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from contracts.codec import decode
from contracts.envelope import Event
from contracts.errors import ContractError, UnknownEventType
from contracts.fields import EventData
from orjson import loads

from chassis.db import Database, Transaction
from chassis.dead_letters import COUNT_OPEN, OWN_LOCK, Handler
from chassis.errors import Permanent, Transient
from chassis.kafka import KafkaSettings

BATCH = 2_000
START_LIMIT = 15.0
READ_LIMIT = 15.0
"""Seconds for one answer of Kafka. PostgreSQL ends a transaction that is idle for 30."""
GIVEN_UP = """
select topic, partition, position, headers from dead_letter
where consumer = $1 and resolved_at is not null and reason like 'discarded: %'
"""
RECEIVED = "select event_id from inbox where consumer = $1 and event_id = any($2)"


@dataclass(frozen=True)
class ReadModel:
    """Tables that hold nothing but what events said, in the order in which they can be emptied.

    `handle` fills them from the topics and does nothing else: no event of its own, no message to
    anybody.
    """

    tables: tuple[str, ...]
    topics: tuple[str, ...]
    handle: Handler


Rebuild = Callable[[bool, bool, Callable[[str], None]], Awaitable[dict[str, tuple[int, int]]]]
"""(really, replayed, say) → table → rows before and after."""


class CannotRebuild(Permanent):
    """The topics don't hold what is needed. Nothing was changed; the message says what to do."""


class InOrder:
    """Hands out each key's items by version from 1, each once, in whatever order they come."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], int] = {}
        self._early: dict[tuple[str, str], dict[int, Any]] = {}

    def take(self, key: tuple[str, str], version: int, item: Any) -> list[Any]:
        """What may be handled now: this one and those that waited for it; nothing, if it is early."""
        expected = self._next.get(key, 1)
        if version < expected:
            return []
        waiting = self._early.setdefault(key, {})
        waiting[version] = item
        ready: list[Any] = []
        while expected in waiting:
            ready.append(waiting.pop(expected))
            expected += 1
        self._next[key] = expected
        if not waiting:
            del self._early[key]
        return ready

    def missing(self) -> list[tuple[str, str, int]]:
        """(topic, key, version) of what others still wait for."""
        return [(*key, self._next[key]) for key in self._early]


async def rebuild(
    db: Database,
    kafka: KafkaSettings,
    group: str,
    model: ReadModel,
    *,
    really: bool,
    say: Callable[[str], None],
    replayed: bool = False,
) -> dict[str, tuple[int, int]]:
    """Table → rows before and after. Not `really`: it is done and rolled back.

    `replayed`: the owners have put back what had left the topics. Whose events are all gone cannot
    be missed by looking, so without it a topic that does not begin at its beginning is refused.

    Raises CannotRebuild, Transient, and whatever a handler raises; the copy is then as it was.
    """
    try:
        async with _client(kafka, *model.topics) as reader:
            if not replayed:
                await _refuse_shortened(reader)
            done = await _committed(kafka, group, sorted(reader.assignment()))
            async with db.transaction() as tx:
                rows = await _anew(tx, reader, group, done, model, say)
                if not really:
                    raise _OnlyLooking(rows)
    except _OnlyLooking as looked:
        rows = looked.rows
    except (KafkaError, OSError) as error:
        raise Transient(f"Kafka: {type(error).__name__}") from error
    return rows


async def _refuse_shortened(reader: AIOKafkaConsumer) -> None:
    starts = await asyncio.wait_for(reader.beginning_offsets(reader.assignment()), READ_LIMIT)
    if short := sorted({place.topic for place, start in starts.items() if start > 0}):
        raise CannotRebuild(
            f"{', '.join(short)}: older events have left the topic; let its owner replay all of "
            "them first, then rebuild with --replayed"
        )


async def _anew(
    tx: Transaction,
    reader: AIOKafkaConsumer,
    group: str,
    done: Mapping[TopicPartition, int],
    model: ReadModel,
    say: Callable[[str], None],
) -> dict[str, tuple[int, int]]:
    # The consumer's batches take it, too: from here on nothing is handled but here.
    await tx.execute(OWN_LOCK, group)
    if open_ := await tx.fetchval(COUNT_OPEN, group):
        raise CannotRebuild(f"{open_} dead letters are open: redrive or discard them first")
    before = await _counts(tx, model.tables)
    for table in model.tables:
        await tx.execute(f"delete from {table}")  # noqa: S608 - a service's own constant
    await _fill(tx, reader, group, done, model, say)
    after = await _counts(tx, model.tables)
    return {table: (before[table], after[table]) for table in model.tables}


def rebuilder(db: Database, kafka: KafkaSettings, group: str, model: ReadModel) -> Rebuild:
    """`rebuild` of one service, for its command line."""
    return lambda really, replayed, say: rebuild(
        db, kafka, group, model, really=really, replayed=replayed, say=say
    )


class _OnlyLooking(Exception):
    def __init__(self, rows: dict[str, tuple[int, int]]) -> None:
        super().__init__()
        self.rows = rows


@asynccontextmanager
async def _client(kafka: KafkaSettings, *topics: str, **options: Any) -> AsyncGenerator[Any]:
    """A consumer that never joins the group: no rebalance for those who work."""
    client = AIOKafkaConsumer(
        *topics,
        **kafka.client(),
        enable_auto_commit=False,
        request_timeout_ms=kafka.request_timeout_ms,
        fetch_max_wait_ms=100,
        auto_offset_reset="earliest",
        **options,
    )
    try:
        await asyncio.wait_for(client.start(), START_LIMIT)
        yield client
    finally:
        with contextlib.suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(client.stop(), 5)


async def _committed(
    kafka: KafkaSettings, group: str, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """Where the group stands. What it handles from now on is found in its inbox."""
    async with _client(kafka, group_id=group) as client, asyncio.timeout(READ_LIMIT):
        # Once only: aiokafka's coordinator does not survive a second assignment by hand.
        client.assign(places)
        return {place: await client.committed(place) or 0 for place in places}


async def _fill(
    tx: Transaction,
    reader: AIOKafkaConsumer,
    group: str,
    done: Mapping[TopicPartition, int],
    model: ReadModel,
    say: Callable[[str], None],
) -> None:
    """Handle again what stands in the topics and was handled before."""
    async with asyncio.timeout(READ_LIMIT):
        ends = await reader.end_offsets(list(done))
    given_up = await _given_up(tx, group)
    holes: list[tuple[str, str, int]] = []
    order = InOrder()
    count = 0
    while await _unread(reader, ends):
        fetched = await _next(reader)
        records = [record for some in fetched.values() for record in some]
        fresh = await _not_handled(tx, group, records, done)
        ready: list[Event[EventData] | None] = []
        for record in records:
            if _place(record) in fresh:
                continue
            if _place(record) in given_up or _id(record) in given_up:
                holes += _slot(record)
                continue
            event = _event(record)
            for topic, key, version in _slot(record):
                ready += order.take((topic, key), version, event)
        count += await _handle(tx, model, ready)
        say(f"{count} events handled again")
    # What was discarded leaves a hole, unless it only claimed to be of that version.
    for topic, key, version in sorted(holes):
        if (topic, key, version) in order.missing():
            await _handle(tx, model, order.take((topic, key), version, None))
    if missing := order.missing():
        topic, key, version = missing[0]
        raise CannotRebuild(
            f"{len(missing)} keys miss earlier events, for example {topic} {key} version {version}: "
            "the topic holds them no more; its owner replays them first"
        )


async def _unread(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    async with asyncio.timeout(READ_LIMIT):
        for place, end in ends.items():
            if await reader.position(place) < end:
                return True
    return False


async def _next(reader: AIOKafkaConsumer) -> Mapping[TopicPartition, Sequence[Any]]:
    """Raises TimeoutError, which the transaction calls Transient, when Kafka has gone silent."""
    async with asyncio.timeout(READ_LIMIT):
        while not (fetched := await reader.getmany(timeout_ms=500, max_records=BATCH)):
            pass
        return fetched


async def _not_handled(
    tx: Transaction, group: str, records: Sequence[Any], done: Mapping[TopicPartition, int]
) -> set[tuple[str, int, int]]:
    """Places of what the consumer has still before it. Behind its offset all is handled; beyond it,
    what the inbox knows: a crash may have kept the offset from being committed."""
    beyond = {
        _place(record): _id(record)
        for record in records
        if record.offset >= done[TopicPartition(record.topic, record.partition)]
    }
    if not beyond:
        return set()
    ids = [found for found in beyond.values() if found is not None]
    known = {row["event_id"] for row in await tx.fetch(RECEIVED, group, ids)}
    return {place for place, found in beyond.items() if found not in known}


async def _handle(
    tx: Transaction, model: ReadModel, ready: Sequence[Event[EventData] | None]
) -> int:
    events = [event for event in ready if event is not None]
    if events:
        await model.handle(tx, events)
    return len(events)


async def _given_up(tx: Transaction, group: str) -> set[Any]:
    """Places and ids of what was discarded; a replay may have brought it to another place."""
    found: set[Any] = set()
    for row in await tx.fetch(GIVEN_UP, group):
        headers: dict[str, str] = dict(loads(row["headers"]))
        found |= {(row["topic"], row["partition"], row["position"]), _uuid(headers.get("ce_id"))}
    return found - {None}


def _event(record: Any) -> Event[EventData] | None:
    """None: of a type from the future. As in the consumer it is passed over; its version counts."""
    try:
        headers = [(name, bytes(value or b"")) for name, value in record.headers]
        return decode(headers, record.value)
    except UnknownEventType:
        return None
    except ContractError as error:
        raise CannotRebuild(f"{_place(record)} cannot be read: {error}") from error


def _place(record: Any) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _slot(record: Any) -> list[tuple[str, str, int]]:
    """(topic, key, version); none for bytes that never were an event."""
    version = _header(record, "ce_aggregateversion")
    key = (record.key or b"").decode("utf-8", "replace")
    return [(record.topic, key, int(version))] if version.isdecimal() else []


def _id(record: Any) -> UUID | None:
    return _uuid(_header(record, "ce_id"))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _header(record: Any, name: str) -> str:
    """Empty where it is not there."""
    values = (value or b"" for found, value in record.headers if found == name)
    return bytes(next(values, b"")).decode("utf-8", "replace")


async def _counts(tx: Transaction, tables: Sequence[str]) -> dict[str, int]:
    return {
        table: await tx.fetchval(f"select count(*) from {table}")  # noqa: S608
        for table in tables
    }
