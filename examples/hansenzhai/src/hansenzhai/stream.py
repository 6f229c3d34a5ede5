"""The event stream as an outsider reads it: the partner's read-only user, a plain client library.

Nothing here is the project's own code but the published schemas: what is checked is what another
department would see.
"""

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from contracts.registry import EVENTS
from contracts.topics import ALL
from jsonschema import Draft202012Validator, FormatChecker

QUIET = 1.0
"""Seconds that a poll waits; the reader stops at the end offsets, not at silence."""
LIMIT = 60.0


@dataclass(frozen=True)
class Seen:
    """One message of the stream: its envelope attributes and its data."""

    topic: str
    key: str
    headers: dict[str, str]
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """`wishtree.WishPosted.v1` → `WishPosted`."""
        return self.headers["ce_type"].split(".")[1]

    @property
    def version(self) -> int:
        return int(self.headers["ce_aggregateversion"])


@dataclass(frozen=True)
class Reader:
    """How the partner signs in."""

    bootstrap: str
    username: str
    password: str

    def read_all(self) -> list[Seen]:
        """Everything from the first offset to the end as it was when the reading began."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": self.username,
                "sasl.password": self.password,
                "group.id": f"partner.hansenzhai-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        try:
            return list(_until_end(consumer))
        finally:
            consumer.close()


def _until_end(consumer: Consumer) -> Iterator[Seen]:
    left: dict[tuple[str, int], int] = {}
    start: list[TopicPartition] = []
    for topic in ALL:
        for partition in range(topic.partitions):
            low, high = _ends(consumer, TopicPartition(topic.name, partition))
            if high > low:
                left[topic.name, partition] = high
                start.append(TopicPartition(topic.name, partition, low))
    consumer.assign(start)
    deadline = time.monotonic() + LIMIT
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the stream did not end within {LIMIT:.0f} s: {sorted(left)}")
        message = consumer.poll(QUIET)
        if message is None or message.error():
            continue
        place = (str(message.topic()), int(message.partition() or 0))
        if int(message.offset() or 0) + 1 >= left.get(place, 0):
            left.pop(place, None)
        yield _seen(message)


def _ends(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """The first offset and the one after the last. A broker that has just come back does not lead its
    partitions yet."""
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            return consumer.get_watermark_offsets(place, timeout=10)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(QUIET)


def _seen(message: Message) -> Seen:
    headers = {
        str(name): bytes(value or b"").decode()  # pyright: ignore[reportArgumentType]
        for name, value in message.headers() or []
    }
    return Seen(
        topic=str(message.topic()),
        key=(message.key() or b"").decode(),
        headers=headers,
        data=json.loads(message.value() or b"null"),
    )


def without_repeats(events: list[Seen]) -> list[Seen]:
    """At least once on the wire: an exact repeat has the same `ce_id`."""
    seen: set[str] = set()
    return [
        event
        for event in events
        if not (event.headers["ce_id"] in seen or seen.add(event.headers["ce_id"]))
    ]


def faults(events: list[Seen]) -> list[str]:
    """What is wrong with the stream: an event against its schema, a version gap, a wrong key."""
    found: list[str] = []
    validators = {
        name: Draft202012Validator(
            spec.model.model_json_schema(mode="serialization"), format_checker=FormatChecker()
        )
        for name, spec in EVENTS.items()
    }
    versions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for event in without_repeats(events):
        kind = event.headers["ce_type"]
        if kind not in validators:
            found.append(f"{kind}: no schema is published for it")
            continue
        found += [
            f"{kind}: {error.json_path}: {error.message}"
            for error in validators[kind].iter_errors(event.data)
        ]
        if event.key != event.headers["ce_subject"]:
            found.append(f"{kind}: the key is not the subject")
        versions[event.topic, event.key].append(event.version)
    for (topic, key), numbers in versions.items():
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{topic} {key}: versions {numbers}")
    return found
