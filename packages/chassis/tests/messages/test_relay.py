"""The relay on a real PostgreSQL and a real broker, looked at by a reader that is not ours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.db import Transaction
from chassis.metrics import RELAY_REBUILDS
from chassis.outbox import Relay
from chassis.testing import MakeDatabase, ScratchDatabase, TestKafka, eventually
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from .things import MIGRATIONS, change, read_all, running, versions

EMPTY = "select not exists (select from outbox)"
INSERT = """
insert into outbox (shard, event_id, topic, key, headers, payload)
values (0, $1, $2, $3, '[]', $4) returning id
"""


@pytest.fixture
async def db(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


async def drained(db: ScratchDatabase) -> None:
    await eventually(lambda: db.fetchval(EMPTY))


# A writer: the keys it changes, in order, and how often it lets others go first before it commits.
WRITERS = st.lists(
    st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), st.integers(0, 5)),
    min_size=8,
    max_size=40,
)


@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(writers=WRITERS)
async def test_each_key_arrives_whole_and_in_order_whatever_commits_when(
    db: ScratchDatabase, kafka: TestKafka, writers: list[tuple[list[int], int]]
) -> None:
    topic = await kafka.topic(partitions=3)
    keys = [uuid4() for _ in range(6)]

    async def write(chosen: list[int], others_first: int) -> None:
        async with db.transaction() as tx:
            # Sorted, as every writer of several keys must: else writers deadlock.
            for number in sorted(chosen):
                await change(tx, topic, keys[number], times=2)
            await tx.write_outbox()  # ids are taken now; the commit comes later
            for _ in range(others_first):
                await asyncio.sleep(0.002)

    # Batches of three: what goes wrong at a batch's edge shows only when batches are full.
    relay = Relay(db, kafka.settings("wishes"), batch=3)
    async with running(relay.run):
        await asyncio.gather(*(write(chosen, others) for chosen, others in writers))
        await drained(db)
    found = versions(await read_all(kafka.settings("admin"), topic, 3))
    for number, key in enumerate(keys):
        count = 2 * sum(number in chosen for chosen, _ in writers)
        assert found.get(key, []) == list(range(1, count + 1))


async def test_a_row_that_commits_late_is_not_lost(db: ScratchDatabase, kafka: TestKafka) -> None:
    topic = await kafka.topic()
    late, early = await asyncpg.connect(db.dsn), await asyncpg.connect(db.dsn)
    try:
        async with running(Relay(db, kafka.settings("wishes")).run):
            slow = late.transaction()
            await slow.start()
            first = await late.fetchval(INSERT, uuid4(), topic, "late", b"late")
            second = await early.fetchval(INSERT, uuid4(), topic, "early", b"early")
            assert first < second
            await eventually(lambda: db.fetchval("select count(*) = 1 from event_log"))
            await slow.commit()
            await eventually(lambda: db.fetchval("select count(*) = 2 from event_log"))
    finally:
        await late.close()
        await early.close()
    records = await read_all(kafka.settings("admin"), topic)
    assert [record.value for record in sorted(records, key=lambda r: r.timestamp)] == [
        b"early",
        b"late",
    ]


class Interrupted(Relay):
    """A relay in whose way a test may come, after each of its batches."""

    def __init__(self, *args: Any, after: Callable[[set[int]], Awaitable[None]]) -> None:
        super().__init__(*args, batch=1)
        self._after = after

    async def _send(self, *args: Any) -> tuple[set[int], bool]:
        answer = await super()._send(*args)
        await self._after(answer[0])
        return answer


async def test_a_late_row_is_not_overtaken_by_the_next_of_its_key(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic = await kafka.topic(partitions=1)
    late, other = await asyncpg.connect(db.dsn), await asyncpg.connect(db.dsn)
    slow = late.transaction()
    await slow.start()
    await late.fetchval(INSERT, uuid4(), topic, "K", b"K 1")
    passed = await other.fetchval(INSERT, uuid4(), topic, "F", b"F 1")
    await other.fetchval(INSERT, uuid4(), topic, "F", b"F 2")

    async def commit_behind_its_back(sent: set[int]) -> None:
        if passed in sent:
            await slow.commit()
            await other.fetchval(INSERT, uuid4(), topic, "K", b"K 2")

    try:
        relay = Interrupted(db, kafka.settings("wishes"), after=commit_behind_its_back)
        async with running(relay.run):
            await eventually(lambda: db.fetchval("select count(*) = 4 from event_log"))
    finally:
        await late.close()
        await other.close()
    records = await read_all(kafka.settings("admin"), topic, 1)
    assert [record.value for record in records] == [b"F 1", b"F 2", b"K 1", b"K 2"]


async def test_what_was_relayed_is_kept_in_the_event_log(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic, key = await kafka.topic(), uuid4()
    async with db.transaction() as tx:
        await change(tx, topic, key, times=3)
    before = await db.fetch("select event_id, topic, key, headers, payload, created_at from outbox")
    async with running(Relay(db, kafka.settings("wishes")).run):
        await drained(db)
    after = await db.fetch(
        "select event_id, topic, key, headers, payload, created_at from event_log order by event_id"
    )
    assert after == before
    assert await db.fetchval("select count(*) from event_log_rest") == 0


async def test_what_can_never_be_sent_is_set_aside_and_all_else_flows(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic, key = await kafka.topic(), "the same key"
    async with db.transaction() as tx:
        put(tx, topic, key, 1)
        put(tx, topic, key, 1_000_000)
        put(tx, topic, key, 800_000)
        put(tx, "test.nobody-made-this", key, 1)
        put(tx, "no name for a topic!", key, 1)
        put(tx, topic, key, 2)
    async with running(Relay(db, kafka.settings("wishes", request_timeout_ms=1_000)).run):
        await drained(db)
    sizes = [len(record.value) for record in await read_all(kafka.settings("admin"), topic)]
    assert sizes == [1, 800_000, 2]
    dead = await db.fetch("select reason, length(payload) as size from outbox_dead order by id")
    assert [(row["reason"], row["size"]) for row in dead] == [
        ("too_large", 1_000_000),
        ("unknown_topic", 1),
        ("unknown_topic", 1),
    ]
    async with running(Relay(db, kafka.settings("wishes")).run):
        # Counted from the table: a new process knows of them, too.
        rows = "wishtree_outbox_dead_rows"
        await eventually(lambda: REGISTRY.get_sample_value(rows) == 3)


async def test_a_failed_batch_ends_its_producer_and_the_next_one_sends_the_rest(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    # The broker refuses what is larger than this; the sequence number of that batch is used up, and
    # the producer that sent it is refused for ever after on that partition.
    topic = await kafka.topic(partitions=1, max_bytes=5_000)
    keys = [f"key {n}" for n in range(40)]
    rebuilt = RELAY_REBUILDS._value.get()
    async with running(Relay(db, kafka.settings("wishes")).run):
        for size in (1, 20_000, 2):
            for key in keys:
                async with db.transaction() as tx:
                    put(tx, topic, key, size if key == "key 7" else 3)
        await drained(db)
    records = await read_all(kafka.settings("admin"), topic, 1)
    sizes = [len(record.value) for record in records if record.key == b"key 7"]
    # Sent again is allowed, in order; nothing is lost.
    assert list(dict.fromkeys(sizes)) == [1, 2]
    assert {record.key.decode() for record in records} == set(keys)
    assert len({(record.key, record.offset) for record in records}) >= 3 * 40 - 1
    dead = await db.fetch("select key, reason from outbox_dead")
    assert [tuple(row) for row in dead] == [("key 7", "too_large")]
    assert RELAY_REBUILDS._value.get() > rebuilt


def put(tx: Transaction, topic: str, key: str, size: int) -> None:
    tx.enqueue(uuid4(), topic, key, [], b"x" * size)


async def test_a_row_that_is_too_large_does_not_keep_those_it_waits_with(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic = await kafka.topic(partitions=1, max_bytes=5_000)
    async with db.transaction() as tx:
        for number in range(60):
            put(tx, topic, f"key {number % 20}", 20_000 if number == 30 else 3)
    async with running(Relay(db, kafka.settings("wishes")).run):
        await drained(db)
    records = await read_all(kafka.settings("admin"), topic, 1)
    assert {record.key.decode() for record in records} == {f"key {n}" for n in range(20)}
    dead = await db.fetch("select key, reason from outbox_dead")
    assert [tuple(row) for row in dead] == [("key 10", "too_large")]


async def test_two_relays_share_the_shards_and_one_takes_over_from_the_other(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic = await kafka.topic()
    keys = [uuid4() for _ in range(40)]

    async def write() -> None:
        for key in keys:
            async with db.transaction() as tx:
                await change(tx, topic, key, times=2)

    first = asyncio.ensure_future(Relay(db, kafka.settings("wishes")).run(asyncio.Event()))
    async with running(Relay(db, kafka.settings("wishes")).run):
        await write()
        await drained(db)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await write()
        await drained(db)
    found = versions(await read_all(kafka.settings("admin"), topic))
    assert found == {key: [1, 2, 3, 4] for key in keys}


async def test_the_relay_outlives_the_loss_of_its_connections(
    db: ScratchDatabase, kafka: TestKafka
) -> None:
    topic, key = await kafka.topic(), uuid4()
    admin = await asyncpg.connect(db.admin_dsn)
    try:
        async with running(Relay(db, kafka.settings("wishes")).run):
            for _ in range(2):
                async with db.transaction() as tx:
                    await change(tx, topic, key)
                await drained(db)
                # Waited for: one that is slow to go is idle in the pool and not known to be gone.
                await admin.fetch(
                    "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
                    " where usename = 'wishes' and datname = current_database()"
                )
                await eventually(lambda: db.ping())
            async with db.transaction() as tx:
                await change(tx, topic, key)
            await drained(db)
    finally:
        await admin.close()
    found: dict[UUID, list[int]] = versions(await read_all(kafka.settings("admin"), topic))
    assert found == {key: [1, 2, 3]}
