"""The consumer: what was fetched of a topic in one transaction, then its partitions' offsets.

Guarantees: each event is handled once (inbox and effects in one transaction), each key in order; an
event that can't be handled is set aside with its reason while all other keys flow; a stuck consumer
is replaced. Offsets are committed explicitly and only after the transaction.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from contracts.codec import decode
from contracts.envelope import Event
from contracts.errors import UnknownEventType
from contracts.fields import EventData
from contracts.registry import EVENTS

from chassis import context, faults, message_spans
from chassis.db import Database, Transaction, readable
from chassis.dead_letters import COUNT_OPEN, Handler, Message, parked_keys, reason_of, set_aside
from chassis.errors import Transient
from chassis.gate import Gate
from chassis.kafka import KafkaSettings, sleep_unless
from chassis.metrics import (
    CONSUMED,
    CONSUMER_BATCH,
    CONSUMER_REBUILDS,
    CONSUMER_RETRIES,
    DEAD_LETTERS,
    PARKED_KEYS,
    declare_topics,
)
from chassis.watchdog import Watchdog

log = structlog.get_logger(__name__)
BATCH = 2_000
COMMIT_LIMIT = 15.0
STOP_LIMIT = 10.0
BACKOFF_FIRST, BACKOFF_MOST = 0.1, 5.0
PARKED = "key is parked"

RECEIVE = """
insert into inbox (event_id, consumer) select unnest($1::uuid[]), $2
on conflict do nothing returning event_id
"""


def one_by_one(
    table: Mapping[Any, Callable[[Transaction, Any], Awaitable[None]]],
) -> Handler:
    """A handler made of a table {event model: async (tx, event)}; types not in it are passed over."""

    async def handle(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        for event in events:
            handler = table.get(EVENTS[event.type].model)
            if handler is not None:
                with context.bound(event.correlation_id, str(event.id), event.traceparent):
                    await handler(tx, event)

    return handle


class Consumer:
    """One group member. `run` returns after `stop`; trouble of Kafka or the database makes it wait."""

    def __init__(
        self,
        db: Database,
        kafka: KafkaSettings,
        *,
        group: str,
        topics: Sequence[str],
        handle: Handler,
    ) -> None:
        self._db = db
        self._kafka = kafka
        self._group = group
        self._topics = tuple(topics)
        self._handle = handle
        self._watchdog = Watchdog(group, self._topics)
        declare_topics(self._topics)

    def healthy(self) -> bool:
        """False when a new consumer object did not help either: the process should end."""
        return self._watchdog.healthy()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            gate = Gate()
            consumer = self._build()
            try:
                await asyncio.wait_for(consumer.start(), 30)
                consumer.subscribe(self._topics, listener=gate)
                await self._consume(consumer, gate, stop)
            except (KafkaError, OSError, TimeoutError) as error:
                log.info("consumer_waits_for_kafka", error=type(error).__name__)
                await sleep_unless(stop, 1.0)
            finally:
                with contextlib.suppress(TimeoutError, KafkaError):
                    await asyncio.wait_for(consumer.stop(), STOP_LIMIT)

    def _build(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._kafka.client(),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
            rebalance_timeout_ms=60_000,
            request_timeout_ms=11_000,
            fetch_max_wait_ms=300,
        )

    async def _consume(self, consumer: AIOKafkaConsumer, gate: Gate, stop: asyncio.Event) -> None:
        """Handle batches until `stop` or until the watchdog finds this consumer stuck."""
        stuck = asyncio.Event()
        watching = asyncio.create_task(self._watchdog.watch(consumer, stop, stuck))
        counting = asyncio.create_task(self._count_dead_letters(stop))
        pause = BACKOFF_FIRST
        try:
            while not stop.is_set() and not stuck.is_set():
                fetched = await consumer.getmany(timeout_ms=500, max_records=BATCH)
                # Sampled after getmany: before it, records of the new assignment would be dropped
                # by the fence and skipped by the next commit.
                epoch = gate.epoch
                for place, records in fetched.items():
                    self._watchdog.oldest(place, records[0].offset, records[0].timestamp)
                for topic, batch in _by_topic(fetched).items():
                    async with gate.passage(epoch) as open_:
                        if not open_:
                            break
                        try:
                            messages = [_message(r) for records in batch.values() for r in records]
                            with message_spans.consumed(self._group, messages) as traced:
                                await self._batch(traced)
                        except Transient as error:
                            log.info("batch_waits", error=str(error))
                            CONSUMER_RETRIES.labels(topic).inc()
                            for place, records in batch.items():
                                self._watchdog.excuse(place)
                                with contextlib.suppress(IllegalStateError):
                                    consumer.seek(place, records[0].offset)
                        else:
                            pause = BACKOFF_FIRST
                            faults.point("consumer_handled")
                            ends = {place: rs[-1].offset + 1 for place, rs in batch.items()}
                            await _commit(consumer, ends)
                            continue
                    await sleep_unless(stop, pause)
                    pause = min(pause * 2, BACKOFF_MOST)
        finally:
            for task in (watching, counting):
                task.cancel()
            await asyncio.gather(watching, counting, return_exceptions=True)
        if stuck.is_set():
            CONSUMER_REBUILDS.inc()
            log.error("consumer_stuck", group=self._group)

    async def _batch(self, messages: Sequence[Message]) -> None:
        """All of them in one transaction, or, if that fails for good, one by one in savepoints."""
        began = perf_counter()
        try:
            async with self._db.transaction() as tx:
                await self._together(tx, messages)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 - what is not transient is permanent
            log.warning("batch_replayed", reason=reason_of(error), events=len(messages))
            async with self._db.transaction() as tx:
                await self._apart(tx, messages)
        CONSUMED.labels(messages[0].topic).inc(len(messages))
        CONSUMER_BATCH.labels(messages[0].topic).observe(perf_counter() - began)

    async def _together(self, tx: Transaction, messages: Sequence[Message]) -> None:
        fresh = await self._receive(tx, messages)
        parked = await parked_keys(tx, self._group, sorted({message.key for message in messages}))
        events: list[Event[EventData]] = []
        for message in messages:
            if message.key in parked:
                if message.event is None or message.event.id in fresh:
                    await set_aside(tx, self._group, message, PARKED, culprit=False)
                    if message.event is not None:
                        fresh.discard(message.event.id)
            elif message.event is None:
                await self._refuse(tx, message, parked)
            elif message.event.id in fresh:
                fresh.discard(message.event.id)
                events.append(message.event)
        if events:
            await self._handle(tx, events)

    async def _apart(self, tx: Transaction, messages: Sequence[Message]) -> None:
        fresh = await self._receive(tx, messages)
        parked = await parked_keys(tx, self._group, sorted({message.key for message in messages}))
        for message in messages:
            event = message.event
            if event is not None and event.id not in fresh:
                continue
            if message.key in parked:
                await set_aside(tx, self._group, message, PARKED, culprit=False)
            elif event is None:
                await self._refuse(tx, message, parked)
            else:
                try:
                    with context.bound(event.correlation_id, str(event.id), event.traceparent):
                        async with tx.savepoint():
                            await self._handle(tx, [event])
                except Transient:
                    raise
                except Exception as error:  # noqa: BLE001 - the culprit, whatever it raised
                    await set_aside(tx, self._group, message, reason_of(error), culprit=True)
                    parked.add(message.key)
            if event is not None:
                fresh.discard(event.id)

    async def _refuse(self, tx: Transaction, message: Message, parked: set[str]) -> None:
        """A message that can't be read. A type from the future is no fault: pass it over."""
        if message.problem is None:
            return
        # Not new: a redelivery of what an operator has already resolved.
        if await set_aside(tx, self._group, message, message.problem, culprit=True):
            parked.add(message.key)

    async def _receive(self, tx: Transaction, messages: Sequence[Message]) -> set[Any]:
        ids = sorted({message.event.id for message in messages if message.event is not None})
        if not ids:
            return set()
        return {row["event_id"] for row in await tx.fetch(RECEIVE, ids, self._group)}

    async def _count_dead_letters(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(Transient):
                if (row := await self._db.fetchrow(COUNT_OPEN, self._group)) is not None:
                    DEAD_LETTERS.set(row["letters"])
                    PARKED_KEYS.set(row["keys"])
            await sleep_unless(stop, 2.0)


def _message(record: Any) -> Message:
    """Whatever may be in a record, this makes a message of it: a poisoned one must not end the loop."""
    headers = tuple((name, bytes(value or b"")) for name, value in record.headers)
    event: Event[EventData] | None = None
    problem: str | None = None
    try:
        event = decode(headers, record.value)
    except UnknownEventType as error:
        log.info("unknown_event_type", type=str(error))
    except Exception as error:  # noqa: BLE001 - see above; nearly always a ContractError
        problem = reason_of(error)
    key = readable(record.key or b"")
    return Message(
        record.topic, record.partition, record.offset, key, headers, record.value, event, problem
    )


def _by_topic(
    fetched: Mapping[TopicPartition, list[Any]],
) -> dict[str, dict[TopicPartition, list[Any]]]:
    """Topic → partition → records. A transaction and a commit for each partition would be most of
    the work when a fetch brings a few records of many partitions (decision 0013)."""
    found: dict[str, dict[TopicPartition, list[Any]]] = {}
    for place, records in fetched.items():
        found.setdefault(place.topic, {})[place] = records
    return found


async def _commit(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> None:
    """Commit these partitions. A lost one is no error: its new owner handles it again, for nothing.
    `commit()` itself retries without end, so it gets a limit."""
    try:
        await asyncio.wait_for(consumer.commit(dict(ends)), COMMIT_LIMIT)
    except (CommitFailedError, IllegalStateError, TimeoutError) as error:
        topic = next(iter(ends)).topic
        log.info("offset_not_committed", topic=topic, error=type(error).__name__)
