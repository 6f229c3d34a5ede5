"""The broker is away for longer than a request may take: then everything arrives, each key in order.

This is the outage that leaves an idempotent producer refusing for ever unless it is replaced.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from chassis.consumer import Consumer
from chassis.kafka import KafkaSettings
from chassis.metrics import RELAY_REBUILDS
from chassis.outbox import Relay
from chassis.testing import MakeDatabase, ScratchDatabase, eventually
from chassis.testing.brokers import create_topics
from stack import EmbeddedKafka, Secrets
from stack.kafka import client_settings

from .things import MIGRATIONS, change, count_effects, effects, keep, read_all, running, versions

TOPIC = "test.outage"
KEYS = [uuid4() for _ in range(24)]


@asynccontextmanager
async def own_broker() -> AsyncGenerator[tuple[EmbeddedKafka, KafkaSettings]]:
    """A broker of this test alone, not started yet: it is killed in the middle."""
    with tempfile.TemporaryDirectory(prefix="wishtree-test-", ignore_cleanup_errors=True) as folder:
        password = Secrets.load(Path(folder)).kafka_admin
        broker = EmbeddedKafka(Path(folder) / "kafka", password=password)
        try:
            yield (
                broker,
                KafkaSettings(
                    broker.bootstrap, "admin", password, "SASL_PLAINTEXT", request_timeout_ms=2_000
                ),
            )
        finally:
            await asyncio.to_thread(broker.stop)


async def start(broker: EmbeddedKafka, settings: KafkaSettings) -> None:
    await asyncio.to_thread(broker.start)
    client = client_settings(settings.bootstrap, "admin", str(settings.password))
    await asyncio.to_thread(create_topics, client, {TOPIC: 12})


async def write(db: ScratchDatabase, stop: asyncio.Event) -> dict[UUID, int]:
    """Commands go on all the time, whatever Kafka does."""
    written = dict.fromkeys(KEYS, 0)
    while not stop.is_set():
        for key in KEYS:
            async with db.transaction() as tx:
                await change(tx, TOPIC, key)
            written[key] += 1
        await asyncio.sleep(0.01)
    return written


async def test_everything_arrives_after_a_late_start_and_an_outage(
    make_database: MakeDatabase,
) -> None:
    wishes = await make_database("wishes", MIGRATIONS)
    points = await make_database("points", MIGRATIONS)
    at_first = RELAY_REBUILDS._value.get()
    async with own_broker() as (broker, settings):
        consumer = Consumer(points, settings, group="test.outage", topics=[TOPIC], handle=keep)
        async with running(Relay(wishes, settings).run), running(consumer.run):
            # Both were there first: neither gives up, neither ends.
            await start(broker, settings)
            stop = asyncio.Event()
            writing = asyncio.ensure_future(write(wishes, stop))
            await eventually(lambda: count_effects(points))

            rebuilt = RELAY_REBUILDS._value.get()
            await asyncio.to_thread(broker.kill)
            stuck = await wishes.fetchval("select count(*) from outbox")

            async def waited() -> bool:
                """Rows that are older than two request time-outs: long enough to poison a producer."""
                return await wishes.fetchval(
                    "select exists (select from outbox where created_at < now() - interval '6 s')"
                )

            await eventually(waited)
            # A producer is given up once, not at each try to reach a broker that is away.
            assert RELAY_REBUILDS._value.get() - rebuilt <= 3
            assert await wishes.fetchval("select count(*) from outbox") > stuck
            await asyncio.to_thread(broker.start)
            stop.set()
            written = await writing

            async def all_handled() -> bool:
                return await count_effects(points) == sum(written.values())

            await eventually(all_handled)
        found = versions(await read_all(settings, TOPIC))
    assert await effects(points) == {key: list(range(1, n + 1)) for key, n in written.items()}
    # Duplicates are allowed in the log; going back is not, unless a whole batch came again.
    assert {key: sorted(set(seen)) for key, seen in found.items()} == await effects(points)
    assert await points.fetchval("select count(*) from dead_letter") == 0
    # A broker that is slow to come back, two seconds to an answer, may cost some more.
    assert RELAY_REBUILDS._value.get() - at_first <= 10
