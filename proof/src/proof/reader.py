"""The topics as any stranger reads them: a plain client library, and none of our code for events."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
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
PAUSE = 0.2


DEAD = tuple(f"{topic}.{group}.dlq" for group, topics in GROUPS.items() for topic in topics)
"""What each group could not handle."""


def read_topics(stack: Stack, topics: Sequence[str] = TOPICS) -> list[Seen]:
    """Everything from the first offset to the end as it is now. TimeoutError after 90 s."""
    partner = client_settings(stack.kafka.bootstrap, "partner", stack.secrets.kafka["partner"])
    return read(partner, [(topic, n) for topic in topics for n in range(PARTITIONS)])


def read_letters(stack: Stack) -> list[Seen]:
    """The dead-letter topics, whole: no partner may read them. TimeoutError after 90 s."""
    admin = client_settings(stack.kafka.bootstrap, "admin", stack.secrets.kafka_admin)
    return read(admin, [(topic, 0) for topic in DEAD])


def read(
    settings: Mapping[str, str | int | float | bool],
    places: Sequence[tuple[str, int]],
    limit: float = LIMIT,
) -> list[Seen]:
    """These partitions, each in order. TimeoutError when their ends do not come within `limit` s."""
    consumer = Consumer(
        {
            **settings,
            "group.id": f"partner.proof-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_uncommitted",
        }
    )
    try:
        found = list(_until_end(consumer, places, limit))
    finally:
        consumer.close()
    return sorted(found, key=lambda seen: (seen.topic, seen.partition, seen.offset))


class Positions:
    """Where the topics end and how far every group has come, asked as an operator would ask.

    By consumers that join no group: the admin client's own questions can end the whole process when a
    broker dies while it asks (an assertion in librdkafka).
    """

    def __init__(self, stack: Stack) -> None:
        self._settings = client_settings(
            stack.kafka.bootstrap, "admin", stack.secrets.kafka_admin
        ) | {"enable.auto.commit": False}
        self._ends = Consumer(self._settings | {"group.id": "proof.ends"})
        self._groups = {group: Consumer(self._settings | {"group.id": group}) for group in GROUPS}

    def close(self) -> None:
        for consumer in (self._ends, *self._groups.values()):
            consumer.close()

    def look(self) -> tuple[dict[str, int], int]:
        """(group → events behind the end, events on all topics). KafkaException while nobody answers."""
        # Offsets first: ends that are read later can only make the lag larger.
        committed = {group: self._committed(group) for group in GROUPS}
        ends = {
            (topic, n): self._ends.get_watermark_offsets(TopicPartition(topic, n), timeout=3)[1]
            for topic in TOPICS
            for n in range(PARTITIONS)
        }
        lag = {
            group: sum(
                ends[topic, n] - offsets.get((topic, n), 0)
                for topic in GROUPS[group]
                for n in range(PARTITIONS)
            )
            for group, offsets in committed.items()
        }
        return lag, sum(ends.values())

    def _committed(self, group: str) -> dict[tuple[str, int], int]:
        places = [TopicPartition(topic, n) for topic in GROUPS[group] for n in range(PARTITIONS)]
        found = self._groups[group].committed(places, timeout=5)
        return {
            (str(place.topic), int(place.partition)): max(0, int(place.offset)) for place in found
        }


def _until_end(
    consumer: Consumer, places: Sequence[tuple[str, int]], limit: float
) -> Iterator[Seen]:
    left: dict[tuple[str, int], int] = {}
    start: list[TopicPartition] = []
    deadline = time.monotonic() + limit
    for topic, partition in places:
        low, high = _watermarks(consumer, TopicPartition(topic, partition), deadline)
        if high > low:
            left[topic, partition] = high
            start.append(TopicPartition(topic, partition, low))
    consumer.assign(start)
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topics did not end within {limit:.0f} s: {sorted(left)}")
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
            return consumer.get_watermark_offsets(
                place, timeout=max(0.1, min(10.0, deadline - time.monotonic()))
            )
        except KafkaException as error:
            # A partition may be between two leaders.
            if time.monotonic() > deadline:
                raise
            _only_passing(error)
            time.sleep(PAUSE)


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
