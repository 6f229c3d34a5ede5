"""The topics as any stranger reads them: a plain client library, and none of our code for events."""

import time
import uuid
from collections.abc import Iterator, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from stack.kafka import client_settings
from stack.machine import Stack

from proof.evidence import Seen

TOPICS = (
    "wishtree.wish.events.v1",
    "wishtree.volunteer.events.v1",
    "wishtree.points.events.v1",
    "wishtree.notification.events.v1",
)
GROUPS: dict[str, tuple[str, ...]] = {
    "wishes": (TOPICS[1],),
    "volunteers": (TOPICS[0], TOPICS[2]),
    "points": (TOPICS[0],),
    "notifications": (TOPICS[0], TOPICS[1], TOPICS[2]),
}
PARTITIONS = 12
LIMIT = 90.0


def read_topics(stack: Stack, topics: Sequence[str] = TOPICS) -> list[Seen]:
    """Everything from the first offset to the end as it is now. TimeoutError after 90 s."""
    settings = client_settings(stack.kafka.bootstrap, "partner", stack.secrets.kafka["partner"]) | {
        "group.id": f"partner.proof-{uuid.uuid4()}",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_uncommitted",
    }
    consumer = Consumer(settings)
    try:
        found = list(_until_end(consumer, topics))
    finally:
        consumer.close()
    return sorted(found, key=lambda seen: (seen.topic, seen.partition, seen.offset))


def lag_of(stack: Stack) -> dict[str, int]:
    """Group → events between its committed offsets and the ends. KafkaException while nobody answers."""
    # Offsets first: ends that are read later can only make the lag larger.
    committed = {group: _committed(stack, group) for group in GROUPS}
    consumer = Consumer(
        client_settings(stack.kafka.bootstrap, "admin", stack.secrets.kafka_admin)
        | {"group.id": "proof.lag"}
    )
    try:
        ends = {
            place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=5)[1]
            for place in ((topic, n) for topic in TOPICS for n in range(PARTITIONS))
        }
    finally:
        consumer.close()
    return {
        group: sum(ends[place] - offset for place, offset in places.items())
        for group, places in committed.items()
    }


def _committed(stack: Stack, group: str) -> dict[tuple[str, int], int]:
    places = [TopicPartition(topic, n) for topic in GROUPS[group] for n in range(PARTITIONS)]
    member = Consumer(
        client_settings(stack.kafka.bootstrap, "admin", stack.secrets.kafka_admin)
        | {"group.id": group, "enable.auto.commit": False}
    )
    try:
        # It asks for the group's offsets without joining the group.
        found = member.committed(places, timeout=5)
    finally:
        member.close()
    return {(str(place.topic), int(place.partition)): max(0, int(place.offset)) for place in found}


def _until_end(consumer: Consumer, topics: Sequence[str]) -> Iterator[Seen]:
    left: dict[tuple[str, int], int] = {}
    start: list[TopicPartition] = []
    deadline = time.monotonic() + LIMIT
    for topic in topics:
        for partition in range(PARTITIONS):
            low, high = _watermarks(consumer, TopicPartition(topic, partition), deadline)
            if high > low:
                left[topic, partition] = high
                start.append(TopicPartition(topic, partition, low))
    consumer.assign(start)
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topics did not end within {LIMIT:.0f} s: {sorted(left)}")
        for message in consumer.consume(500, 1.0):
            if message.error():
                continue
            place = (str(message.topic()), int(message.partition() or 0))
            if int(message.offset() or 0) + 1 >= left.get(place, 0):
                left.pop(place, None)
            yield _seen(message)


def _watermarks(consumer: Consumer, place: TopicPartition, deadline: float) -> tuple[int, int]:
    while True:
        try:
            return consumer.get_watermark_offsets(place, timeout=10)
        except KafkaException as error:
            # A partition may be between two leaders.
            if time.monotonic() > deadline:
                raise
            _only_passing(error)


def _only_passing(error: KafkaException) -> None:
    reason = error.args[0]
    if isinstance(reason, KafkaError) and reason.fatal():
        raise error


def _seen(message: Message) -> Seen:
    headers = {
        str(name): bytes(value or b"").decode("utf-8", "replace")  # pyright: ignore[reportArgumentType]
        for name, value in message.headers() or []
    }
    return Seen(
        topic=str(message.topic()),
        partition=int(message.partition() or 0),
        offset=int(message.offset() or 0),
        key=bytes(message.key() or b"").decode("utf-8", "replace"),  # pyright: ignore[reportArgumentType]
        headers=headers,
        value=bytes(message.value() or b""),  # pyright: ignore[reportArgumentType]
    )
