"""The relay: rows of the outbox to Kafka, in order, at least once.

Guarantees per key: sent in id order, and nothing is skipped. The shards of a worker are drained in
passes: fix `high = max(id)` of each, send in id order up to it, wait for the answers, then move what
was acknowledged into event_log in one statement. Reading by `id > cursor` alone would lose a row that commits late;
reading past `high` would send a key's second event before its late first one.
A shard belongs to whoever holds its advisory lock, on the very connection that reads it, so that a
lost lock is noticed before the next batch.
"""

import asyncio
import contextlib
import os
import random
import socket
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from contracts.topics import ALL, READERS, dlq_name
from orjson import loads

from chassis import faults, message_spans
from chassis.db import COMMAND_TIMEOUT, CONNECT_TIMEOUT, SHARDS, Database, session_settings
from chassis.errors import Transient
from chassis.kafka import KafkaSettings, sleep_unless
from chassis.metrics import (
    OUTBOX_AGE,
    OUTBOX_BATCH,
    OUTBOX_DEAD,
    OUTBOX_DEAD_ROWS,
    OUTBOX_PENDING,
    OUTBOX_RELAYED,
    OUTBOX_SHARDS,
)
from chassis.producer import (
    NoSuchTopic,
    NotAccepted,
    Producer,
    ProducerFinished,
    TooLarge,
    partition_of,
)

log = structlog.get_logger(__name__)
WORKERS = 4
BATCH = 2_000
ROW_LIMIT = 900_000
"""Bytes; brokers take batches of at most 1,048,588 by default. aiokafka takes a first row of any size."""
POLL = 0.4
PACE = 0.005
"""Seconds from one pass to the next: under load what comes meanwhile goes together."""
MONTHS_EVERY = 3600.0
RELOCK_EVERY = 2.0
BACKOFF = 0.5
DECLARED = frozenset(topic.name for topic in ALL) | {
    dlq_name(topic.name, group) for group, topics in READERS.items() for topic in topics
}
_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

LOCK_SHARDS = """
select shard from unnest($1::smallint[]) as shard
where pg_try_advisory_lock(hashtext('wishtree.outbox.' || current_schema()), shard)
"""
# The first read of a pass also fixes its end, in the same snapshot: `high` is null. One look at the end
# of the index per shard: max() with group by would read the whole backlog, and without `offset 0` it would
# be asked again for each row.
NEXT_ROWS = """
select owned.shard, high, id, topic, key, headers, payload
from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as owned (shard, low, given),
    lateral (
        select coalesce(given, (select max(id) from outbox where outbox.shard = owned.shard)) as high
        offset 0
    ) as newest,
    lateral (
        select id, topic, key, headers, payload from outbox
        where outbox.shard = owned.shard and id > low and id <= high order by id limit $4
    ) as waiting
"""
MOVE_SENT = """
with sent as (
    delete from outbox using unnest($1::smallint[], $2::bigint[]) as done (shard, id)
    where outbox.shard = done.shard and outbox.id = done.id
    returning event_id, topic, key, headers, payload, created_at
)
insert into event_log (event_id, topic, key, headers, payload, created_at)
select event_id, topic, key, headers, payload, created_at from sent
"""
MOVE_DEAD = """
with dead as (
    delete from outbox where shard = $1 and id = $2
    returning shard, id, event_id, topic, key, headers, payload, created_at
)
insert into outbox_dead (shard, id, event_id, topic, key, headers, payload, created_at, reason)
select shard, id, event_id, topic, key, headers, payload, created_at, $3 from dead
"""
ANY_WAITING = "select exists (select from outbox)"
BACKLOG = """
select count(*) as pending, coalesce(extract(epoch from now() - min(created_at)), 0) as age,
    (select count(*) from outbox_dead) as dead
from (select created_at from outbox limit 100000) as waiting
"""

# Of a few waiting rows and of a hundred thousand the same index is right. Planned for its parameters, each
# pass cost as much again for its plan; planned once for an empty table, it would be read through for ever.
PLANNED_ONCE = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


@dataclass
class _Load:
    """One partition's part of a read: the batch and the rows in it, in order."""

    batch: Any
    ids: list[int] = field(default_factory=list)
    full: bool = False


def _own_name(service: str) -> str:
    """Which process it is, for whoever looks at the locks. PostgreSQL keeps 63 bytes."""
    return f"{service}@{socket.gethostname()[:40]}:{os.getpid()}"


class Relay:
    """All workers of one process. `run` returns after `stop` is set; trouble makes it wait, not end."""

    def __init__(self, db: Database, kafka: KafkaSettings, *, batch: int = BATCH) -> None:
        self._db = db
        self._batch = batch
        self._producer = Producer(kafka)
        self._owned: dict[int, set[int]] = {}
        self._apart = False
        """One row for each partition in a pass, until the one that is too large is found."""
        self._bells = [asyncio.Event() for _ in range(WORKERS)]

    async def run(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(WORKERS):
                    group.create_task(self._work(number, stop))
                # Connected before the first event, not because of it.
                group.create_task(self._producer.ready(stop))
                group.create_task(self._ring(stop))
                group.create_task(self._measure(stop))
        finally:
            await self._producer.close()

    async def _ring(self, stop: asyncio.Event) -> None:
        """Wake workers: at once for a commit of this process, soon for one of another."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                # Not wait_for, which makes a task each time: this is once for each commit.
                async with asyncio.timeout(POLL * (1 + random.random())):  # noqa: S311
                    await self._db.wake.wait()
            self._db.wake.clear()
            written, self._db.written = self._db.written, set()
            if not written:
                # One question for all workers: an idle process should be idle.
                with contextlib.suppress(Transient):
                    if await self._db.fetchval(ANY_WAITING):
                        written = set(range(SHARDS))
            for number in {shard % WORKERS for shard in written}:
                self._bells[number].set()
        for bell in self._bells:
            bell.set()

    async def _work(self, number: int, stop: asyncio.Event) -> None:
        shards = list(range(number, SHARDS, WORKERS))
        while not stop.is_set():
            connection = None
            try:
                connection = await asyncpg.connect(
                    self._db.dsn,
                    timeout=CONNECT_TIMEOUT,
                    command_timeout=COMMAND_TIMEOUT,
                    server_settings=session_settings(self._db.service)
                    | PLANNED_ONCE
                    | {"application_name": _own_name(self._db.service)},
                )
                await self._drain(connection, number, shards, stop)
            except _TROUBLE as error:
                log.info("relay_waits_for_database", error=type(error).__name__)
                await sleep_unless(stop, BACKOFF * (1 + random.random()))  # noqa: S311
            finally:
                self._owned.pop(number, None)
                if connection is not None:
                    with contextlib.suppress(*_TROUBLE):
                        await asyncio.wait_for(connection.close(), 2)

    async def _drain(
        self, connection: Any, number: int, shards: Sequence[int], stop: asyncio.Event
    ) -> None:
        owned: set[int] = set()
        relock_at = 0.0
        bell = self._bells[number]
        while not stop.is_set():
            now = asyncio.get_running_loop().time()
            if len(owned) < len(shards) and now >= relock_at:
                missing = [shard for shard in shards if shard not in owned]
                owned |= {row["shard"] for row in await connection.fetch(LOCK_SHARDS, missing)}
                self._owned[number] = owned
                relock_at = now + RELOCK_EVERY
            bell.clear()
            if not await self._pass(connection, sorted(owned), stop):
                await sleep_unless(stop, BACKOFF)
            elif not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RELOCK_EVERY):
                        await bell.wait()
                await asyncio.sleep(now + PACE - asyncio.get_running_loop().time())

    async def _pass(self, connection: Any, owned: Sequence[int], stop: asyncio.Event) -> bool:
        """Everything in these shards up to their ends. False: Kafka did not take it, wait a little."""
        lows, highs = dict.fromkeys(owned, 0), dict[int, int]()
        limit = max(1, self._batch // WORKERS)
        while lows and not stop.is_set():
            ends = [highs.get(shard) for shard in lows]
            rows = await connection.fetch(NEXT_ROWS, list(lows), list(lows.values()), ends, limit)
            if not rows:
                return True
            began = perf_counter()
            sent, went_well = await self._send(connection, rows, stop)
            faults.point("relay_sent")
            if sent:
                moved = [row for row in rows if row["id"] in sent]
                shards, ids = [row["shard"] for row in moved], [row["id"] for row in moved]
                await connection.execute(MOVE_SENT, shards, ids)
                OUTBOX_RELAYED.inc(len(sent))
                OUTBOX_BATCH.observe(perf_counter() - began)
                message_spans.relayed(moved, began)
            if not went_well:
                return False
            reads: defaultdict[int, list[Any]] = defaultdict(list)
            for row in rows:
                reads[row["shard"]].append(row)
            highs = {shard: read[0]["high"] for shard, read in reads.items()}
            # What did not fit stays behind its read: only a whole read moves the lower bound, and
            # only one that was cut off is followed by another.
            lows = {
                shard: read[-1]["id"] if whole else 0
                for shard, read in reads.items()
                if not (whole := all(row["id"] in sent for row in read)) or len(read) == limit
            }
        return True

    async def _send(
        self, connection: Any, rows: Sequence[Any], stop: asyncio.Event
    ) -> tuple[set[int], bool]:
        """The ids that Kafka acknowledged, and whether every partition took its part."""
        if not await self._producer.ready(stop):
            return set(), False
        generation = self._producer.generation
        try:
            loads_ = await self._load(connection, rows)
        except (KafkaError, NotAccepted, TimeoutError) as error:
            # Metadata of a topic: missing, forbidden or out of reach. Order before progress.
            log.warning("relay_topic_not_available", error=type(error).__name__)
            return set(), False
        places = [(place, load) for place, load in loads_.items() if load.ids]
        answers = await asyncio.gather(
            *(self._producer.send(load.batch, topic, n) for (topic, n), load in places),
            return_exceptions=True,
        )
        sent: set[int] = set()
        finished = False
        for (_, load), answer in zip(places, answers, strict=True):
            if answer is None:
                sent.update(load.ids)
            elif isinstance(answer, ProducerFinished):
                finished = True
                if isinstance(answer, TooLarge) and len(load.ids) == 1:
                    row = next(row for row in rows if row["id"] == load.ids[0])
                    await self._bury(connection, row, "too_large")
                    self._apart = False
                elif isinstance(answer, TooLarge):
                    # One of them is what the broker does not take, and must not keep the others.
                    self._apart = True
            elif not isinstance(answer, NotAccepted):
                raise answer
        if finished:
            await self._producer.replace(generation)
        return sent, all(answer is None for answer in answers)

    async def _load(self, connection: Any, rows: Sequence[Any]) -> dict[tuple[str, int], _Load]:
        counts: dict[str, int] = {}
        for topic in {row["topic"] for row in rows}:
            try:
                counts[topic] = await self._producer.partitions(topic)
            except NoSuchTopic as error:
                if topic in DECLARED:
                    # It will be made: provisioning is late. Nothing may overtake these rows.
                    raise NotAccepted("topic not made yet") from error
                for row in rows:
                    if row["topic"] == topic:
                        await self._bury(connection, row, "unknown_topic")
        loaded: defaultdict[tuple[str, int], _Load] = defaultdict(
            lambda: _Load(self._producer.new_batch())
        )
        for row in rows:
            if row["topic"] not in counts:
                continue
            if len(row["payload"]) + len(row["headers"]) > ROW_LIMIT:
                await self._bury(connection, row, "too_large")
                continue
            key = row["key"]
            place = row["topic"], partition_of(key, counts[row["topic"]])
            load = loaded[place]
            if load.full:
                continue
            headers = [(name, value.encode()) for name, value in loads(row["headers"])]
            fits = load.batch.append(
                key=key.encode(), value=row["payload"], timestamp=None, headers=headers
            )
            if fits is None:
                # Two batches of one partition in one pass break the order when the first fails.
                load.full = True
            else:
                load.ids.append(row["id"])
                load.full = self._apart
        return loaded

    async def _bury(self, connection: Any, row: Any, reason: str) -> None:
        """Set a row aside that can never be sent. It needs a person: the alert is on this metric."""
        await connection.execute(MOVE_DEAD, row["shard"], row["id"], reason)
        OUTBOX_DEAD.inc()
        log.error("outbox_row_dead", topic=row["topic"], reason=reason)

    async def _measure(self, stop: asyncio.Event) -> None:
        months_at = 0.0
        while not stop.is_set():
            with contextlib.suppress(Transient):
                now = asyncio.get_running_loop().time()
                if now >= months_at:
                    await self._db.fetchval("select ensure_event_log_partitions()")
                    months_at = now + MONTHS_EVERY
                row = await self._db.fetchrow(BACKLOG)
                if row is not None:
                    OUTBOX_PENDING.set(row["pending"])
                    OUTBOX_AGE.set(float(row["age"]))
                    OUTBOX_DEAD_ROWS.set(row["dead"])
            OUTBOX_SHARDS.set(sum(len(owned) for owned in self._owned.values()))
            await sleep_unless(stop, 2.0)
