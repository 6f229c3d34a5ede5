"""The consumer on a real broker: once, in order, and what happens to what can't be handled."""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from chassis import context, watchdog
from chassis.consumer import Consumer, one_by_one
from chassis.db import Transaction
from chassis.dead_letters import Handler, discard, redrive
from chassis.errors import Transient
from chassis.metrics import CONSUMED
from chassis.outbox import Relay
from chassis.testing import MakeDatabase, ScratchDatabase, TestKafka, eventually
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.topics import dlq_name
from contracts.wishes import WishWithdrawn
from orjson import loads
from prometheus_client import REGISTRY

from .things import MIGRATIONS, change, count_effects, effects, keep, read_all, running

OPEN = "select key, culprit, reason from dead_letter where resolved_at is null order by id"


@pytest.fixture
async def wishes(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


@pytest.fixture
async def points(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("points", MIGRATIONS)


class Lane:
    """One topic from wishes to points, with a group of its own."""

    def __init__(self, points: ScratchDatabase, kafka: TestKafka, topic: str, group: str) -> None:
        self.points, self.kafka, self.topic, self.group = points, kafka, topic, group

    def consumer(self, handle: Handler) -> Consumer:
        return Consumer(
            self.points,
            self.kafka.settings("points"),
            group=self.group,
            topics=[self.topic],
            handle=handle,
        )

    async def has(self, count: int) -> None:
        async def enough() -> bool:
            return await count_effects(self.points) == count

        await eventually(enough)


@pytest.fixture
async def lane(points: ScratchDatabase, kafka: TestKafka) -> Lane:
    group = kafka.group()
    return Lane(points, kafka, await kafka.topic(groups=[group]), group)


async def write(db: ScratchDatabase, topic: str, *keys: UUID) -> None:
    for key in keys:
        async with db.transaction() as tx:
            await change(tx, topic, key)


async def test_every_event_is_handled_once_and_each_key_in_order(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    keys = [uuid4() for _ in range(20)]
    relay = Relay(wishes, kafka.settings("wishes"))
    async with running(relay.run), running(lane.consumer(keep).run):
        await asyncio.gather(*(write(wishes, lane.topic, *[key] * 10) for key in keys))
        await lane.has(200)
    assert await effects(lane.points) == {key: list(range(1, 11)) for key in keys}


async def test_a_handlers_own_events_name_their_cause_and_keep_the_story(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def withdrawn(tx: Transaction, event: Event[WishWithdrawn]) -> None:
        seen.append((context.correlation_id.get(), context.causation_id.get()))
        tx.emit(event.data, key=event.data.wish_id, version=1)

    key = uuid4()
    consumer = lane.consumer(one_by_one({WishWithdrawn: withdrawn}))
    async with running(Relay(wishes, kafka.settings("wishes")).run), running(consumer.run):
        await write(wishes, lane.topic, key)
        text = await eventually(lambda: lane.points.fetchval("select headers from outbox"))
    headers = dict(loads(text))
    cause = await wishes.fetchval("select event_id from event_log")
    assert seen == [(f"story-of-{key}", str(cause))]
    assert headers["ce_correlationid"] == f"story-of-{key}"
    assert headers["ce_causationid"] == str(cause)


async def test_a_poison_event_is_set_aside_its_key_waits_all_others_flow(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    sick, well = uuid4(), [uuid4() for _ in range(5)]
    cured = asyncio.Event()

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        for event in events:
            if event.subject == str(sick) and event.aggregate_version == 2 and not cured.is_set():
                raise LookupError("nobody of that name")
        await keep(tx, events)

    async with (
        running(Relay(wishes, kafka.settings("wishes")).run),
        running(lane.consumer(handle).run),
    ):
        await write(wishes, lane.topic, *well, sick, sick, sick, *well)
        await lane.has(11)
        await eventually(lambda: lane.points.fetchval("select count(*) = 2 from dead_letter"))
        # Parked across batches, too.
        await write(wishes, lane.topic, sick, *well)
        await lane.has(16)
        await eventually(lambda: lane.points.fetchval("select count(*) = 3 from dead_letter"))
        assert [tuple(row) for row in await lane.points.fetch(OPEN)] == [
            (str(sick), True, "LookupError"),
            (str(sick), False, "key is parked"),
            (str(sick), False, "key is parked"),
        ]
        assert shown("dead_letters_total", topic=lane.topic) == 1
        await eventually(lambda: shown("consumer_parked_keys") == 1)
        await eventually(lambda: shown("dead_letters_open") == 3)

        early = await redrive(lane.points, lane.group, handle)
        assert (early.resolved, early.still_open) == (0, {str(sick): "LookupError"})

        cured.set()
        done = await redrive(lane.points, lane.group, handle)
        assert (done.resolved, done.still_open) == (3, {})
        await write(wishes, lane.topic, sick)
        await lane.has(20)
    assert await effects(lane.points) == {sick: [1, 2, 3, 4, 5]} | {key: [1, 2, 3] for key in well}

    # The culprit alone, and once, is in the group's dead-letter topic.
    async with running(Relay(lane.points, kafka.settings("points")).run):
        await eventually(lambda: lane.points.fetchval("select not exists (select from outbox)"))
    (letter,) = await read_all(kafka.settings("admin"), dlq_name(lane.topic, lane.group), 1)
    headers = dict(letter.headers)
    assert letter.key == str(sick).encode()
    assert headers["ce_aggregateversion"] == b"2"
    assert headers["dlq-reason"] == b"LookupError"


async def test_a_redrive_keeps_what_it_could_do_before_a_second_culprit(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    key, sick = uuid4(), {2, 4}

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        if sick & {event.aggregate_version for event in events}:
            raise LookupError
        await keep(tx, events)

    async with (
        running(Relay(wishes, kafka.settings("wishes")).run),
        running(lane.consumer(handle).run),
    ):
        await write(wishes, lane.topic, *[key] * 5)
        await eventually(lambda: lane.points.fetchval("select count(*) = 4 from dead_letter"))
    sick.discard(2)
    first = await redrive(lane.points, lane.group, handle, str(key))
    assert (first.resolved, first.still_open) == (2, {str(key): "LookupError"})
    sick.clear()
    assert (await redrive(lane.points, lane.group, handle)).resolved == 2
    assert await effects(lane.points) == {key: [1, 2, 3, 4, 5]}


GARBAGE: list[tuple[bytes | None, list[tuple[str, bytes | None]]]] = [
    (b"\x00\xff\xfe", []),
    (None, [("ce_type", b"\xff\x00")]),
    (b"{}", [("ce_type", None)]),
    (b"[" * 5_000, [("ce_specversion", b"1.0"), ("content-type", b"application/json")]),
]


async def test_bytes_that_nobody_can_read_are_set_aside_with_their_reason(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    key, other = uuid4(), uuid4()
    producer = AIOKafkaProducer(**kafka.settings("wishes").client())
    await producer.start()
    try:
        for value, headers in GARBAGE:
            await producer.send_and_wait(lane.topic, value, key=b"\x00 no name", headers=headers)
        await producer.send_and_wait(lane.topic, b"{}", key=str(key).encode())
    finally:
        await producer.stop()
    async with running(Relay(wishes, kafka.settings("wishes")).run):
        await write(wishes, lane.topic, key, other, key)
        async with running(lane.consumer(keep).run):
            await lane.has(1)
            await eventually(lambda: lane.points.fetchval("select count(*) = 7 from dead_letter"))
        assert await effects(lane.points) == {other: [1]}
        reasons = await lane.points.fetch("select reason from dead_letter where culprit")
        assert all(row["reason"].startswith("MalformedEvent: ") for row in reasons)
        # It will never be readable: an operator gives it up, and the key goes on.
        assert (await redrive(lane.points, lane.group, keep, str(key))).resolved == 0
        assert await discard(lane.points, lane.group, str(key))
        assert (await redrive(lane.points, lane.group, keep, str(key))).resolved == 2
    assert await effects(lane.points) == {other: [1], key: [1, 2]}


async def test_trouble_that_passes_sets_nothing_aside(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    key, tries = uuid4(), 0

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise Transient("the other service is away")
        await keep(tx, events)

    async with (
        running(Relay(wishes, kafka.settings("wishes")).run),
        running(lane.consumer(handle).run),
    ):
        await write(wishes, lane.topic, key, key, key)
        await lane.has(3)
    assert await effects(lane.points) == {key: [1, 2, 3]}
    assert await lane.points.fetch(OPEN) == []
    assert shown("consumer_retries_total", topic=lane.topic) == 3
    assert shown("consumer_batch_seconds_count", topic=lane.topic) >= 1


async def test_lag_in_seconds_is_the_age_of_the_event_that_waits(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "LOOK_EVERY", 0.1)
    key, away = uuid4(), True

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        if away:
            raise Transient("the other service is away")
        await keep(tx, events)

    async with running(Relay(wishes, kafka.settings("wishes")).run):
        before = time.monotonic()
        await write(wishes, lane.topic, key)
        await eventually(lambda: wishes.fetchval("select not exists (select from outbox)"))
        sent = time.monotonic()
        await eventually(lambda: time.monotonic() > sent + 1.5)  # old before anybody reads it
        async with running(lane.consumer(handle).run):
            await eventually(lambda: shown("consumer_lag_seconds", topic=lane.topic) > 1)
            assert shown("consumer_lag_seconds", topic=lane.topic) < time.monotonic() - before + 1
            assert shown("consumer_lag_events", topic=lane.topic) == 1
            away = False
            await lane.has(1)
            await eventually(lambda: shown("consumer_lag_seconds", topic=lane.topic) == 0)


async def test_a_duplicate_is_handled_once_and_parked_once(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    sick, well = uuid4(), uuid4()

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        if any(event.subject == str(sick) for event in events):
            raise LookupError
        await keep(tx, events)

    async with running(Relay(wishes, kafka.settings("wishes")).run):
        await write(wishes, lane.topic, sick)
        async with running(lane.consumer(handle).run):
            await eventually(lambda: lane.points.fetchval("select count(*) = 1 from dead_letter"))
        await write(wishes, lane.topic, sick, well, well)
        await eventually(lambda: wishes.fetchval("select not exists (select from outbox)"))
        # What a relay that was killed after sending does.
        async with wishes.transaction() as tx:
            for row in await tx.fetch("select event_id, key, headers, payload from event_log"):
                headers = [(name, value.encode()) for name, value in loads(row["headers"])]
                tx.enqueue(row["event_id"], lane.topic, row["key"], headers, row["payload"])
        async with running(lane.consumer(handle).run):
            await lane.has(2)
            await eventually(lambda: wishes.fetchval("select not exists (select from outbox)"))
            await write(wishes, lane.topic, well)
            await lane.has(3)
    assert await effects(lane.points) == {well: [1, 2, 3]}
    assert [row["culprit"] for row in await lane.points.fetch(OPEN)] == [True, False]


def shown(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"wishtree_{name}", labels) or 0


def consumed(topic: str) -> Callable[[], float]:
    return lambda: CONSUMED.labels(topic)._value.get()


async def test_members_that_join_and_leave_under_load_cause_no_redelivery(
    wishes: ScratchDatabase, lane: Lane, kafka: TestKafka
) -> None:
    keys = [uuid4() for _ in range(30)]
    enough = asyncio.Event()

    async def slowly(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        # So that a batch is always at work when the group changes.
        await keep(tx, events)
        await asyncio.sleep(0.05)

    async def load() -> int:
        """Rounds of one event for each key, as long as members come and go, however slow they are."""
        rounds = 0
        while not enough.is_set():
            await write(wishes, lane.topic, *keys)
            rounds += 1
        return rounds

    async with (
        running(Relay(wishes, kafka.settings("wishes")).run),
        running(lane.consumer(slowly).run),
    ):
        writing = asyncio.ensure_future(load())
        try:
            for _ in range(2):
                async with running(lane.consumer(slowly).run):
                    before = await count_effects(lane.points)

                    async def moved(before: int = before) -> bool:
                        return await count_effects(lane.points) >= before + 100

                    await eventually(moved)
        finally:
            enough.set()
        rounds = await writing
        await lane.has(rounds * len(keys))
    assert await effects(lane.points) == {key: list(range(1, rounds + 1)) for key in keys}
    # The inbox would hide a redelivery; this counts what came in.
    assert consumed(lane.topic)() == rounds * len(keys)
