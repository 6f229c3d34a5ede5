"""The independent reader, against a real broker: everything, in order, and never for ever."""

import asyncio
from typing import Any

import pytest
from chassis.testing.brokers import TestKafka
from confluent_kafka import KafkaException, Producer
from contracts.topics import ALL, READERS, dlq_name
from proof.history import READERS as GROUPS_OF
from proof.reader import DEAD, GROUPS, PARTITIONS, TOPICS, read
from stack.kafka import client_settings
from stack.ports import HOST, free_port


def admin_of(kafka: TestKafka) -> dict[str, Any]:
    settings = kafka.settings("admin")
    return client_settings(kafka.bootstrap, settings.username or "", settings.password or "")


async def test_it_reads_everything_in_the_order_of_each_partition(kafka: TestKafka) -> None:
    topic = await kafka.topic(partitions=3)
    settings = admin_of(kafka)
    producer = Producer(settings)
    for number in range(300):
        producer.produce(
            topic,
            key=f"k{number}",
            value=b"%d" % number,
            partition=number % 2,
            headers=[("ce_id", f"e{number}".encode()), ("broken", b"\xff"), ("empty", None)],
        )
    assert await asyncio.to_thread(producer.flush, 20) == 0
    places = [(topic, n) for n in range(3)]  # the third one is empty
    seen = await asyncio.to_thread(read, settings, places)
    assert [m.partition for m in seen] == [0] * 150 + [1] * 150
    assert [int(m.value) for m in seen] == [*range(0, 300, 2), *range(1, 300, 2)]
    assert seen[0].headers == {"ce_id": "e0", "broken": "\ufffd", "empty": ""}
    assert (seen[1].key, seen[1].offset) == ("k2", 1)


async def test_it_does_not_wait_for_ever_for_a_broker_that_is_away() -> None:
    settings = client_settings(f"{HOST}:{free_port()}", "partner", "x")
    with pytest.raises((TimeoutError, KafkaException)):
        await asyncio.to_thread(read, settings, [("somewhere", 0)], 1.5)


def test_topics_and_readers_are_those_of_the_published_language() -> None:
    """Written down a second time on purpose; they must not drift apart."""
    assert {topic.name: topic.partitions for topic in ALL} == dict.fromkeys(TOPICS, PARTITIONS)
    assert {group: {t.name for t in topics} for group, topics in READERS.items()} == {
        group: set(topics) for group, topics in GROUPS.items()
    }
    for topic in ALL:
        readers = {group for group, topics in READERS.items() if topic in topics}
        assert set(GROUPS_OF[topic.name]) == readers
    assert set(DEAD) == {dlq_name(t.name, g) for g, topics in READERS.items() for t in topics}
