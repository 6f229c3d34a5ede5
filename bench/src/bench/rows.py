"""Outbox rows as a busy day makes them, and an independent look at what arrived."""

import json
import random
import time
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, TopicPartition
from stack.kafka import client_settings
from stack.machine import Stack

KEYS = 2_000
BYTES = 400
TOPIC = "wishtree.wish.events.v1"
PARTITIONS = 12
HEADERS = (
    ("ce_specversion", "1.0"),
    ("ce_source", "/wishes"),
    ("ce_type", "wishtree.WishPosted.v1"),
    ("ce_time", "2026-11-23T08:00:00.000+08:00"),
    ("ce_correlationid", "01a20ad3-c717-764f-9c15-958be3d75f4b"),
    ("ce_aggregateversion", "3"),
    ("content-type", "application/json"),
)


@dataclass(frozen=True)
class Row:
    """One waiting event. `number` counts the events of its key from 1."""

    event_id: uuid.UUID
    key: str
    number: int
    payload: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def shard(self) -> int:
        return zlib.crc32(self.key.encode()) & 15


def rows(count: int, seed: int) -> list[Row]:
    """`count` events over 2,000 keys, about 400 bytes each, in the order of their making."""
    rng = random.Random(seed)
    keys = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(KEYS)]
    numbers = dict.fromkeys(keys, 0)
    made: list[Row] = []
    for _ in range(count):
        key = rng.choice(keys)
        numbers[key] += 1
        event_id = uuid.UUID(int=rng.getrandbits(128), version=4)
        start = f'{{"key":"{key}","number":{numbers[key]},"filling":"'
        payload = f'{start}{"x" * (BYTES - len(start) - 2)}"}}'.encode()
        own = (("ce_id", str(event_id)), ("ce_subject", key))
        made.append(Row(event_id, key, numbers[key], payload, (*own, *HEADERS)))
    return made


@dataclass(frozen=True)
class Arrived:
    """What lay on the topic afterwards."""

    events: int
    repeats: int
    disordered: int
    """Events that came before an earlier one of their key."""


def disorder(found: Sequence[tuple[str, int]]) -> tuple[int, int, int]:
    """(events, repeats, those that came before an earlier one of their key) of (key, number)."""
    last, seen = dict[str, int](), set[tuple[str, int]]()
    disordered = 0
    for key, number in found:
        if (key, number) in seen:
            continue
        seen.add((key, number))
        disordered += number < last.get(key, 0)
        last[key] = max(number, last.get(key, 0))
    return len(seen), len(found) - len(seen), disordered


class Topic:
    """Reads what was added since `begin`, by a plain client."""

    def __init__(self, stack: Stack) -> None:
        self._settings = client_settings(
            stack.kafka.bootstrap, "admin", stack.secrets.kafka_admin
        ) | {"group.id": f"bench-{uuid.uuid4()}", "enable.auto.commit": False}
        self._from: dict[int, int] = {}
        self._asking = Consumer(self._settings)

    def begin(self) -> None:
        self._from = self._ends()

    def added(self) -> int:
        """Messages since `begin`, by the ends of the partitions."""
        return sum(end - self._from[n] for n, end in self._ends().items())

    def arrived(self, limit: float = 60) -> Arrived:
        ends, found = self._ends(), list[tuple[str, int]]()
        consumer = Consumer(self._settings)
        left = {n: end for n, end in ends.items() if end > self._from[n]}
        consumer.assign([TopicPartition(TOPIC, n, self._from[n]) for n in left])
        deadline = time.monotonic() + limit
        while left and time.monotonic() < deadline:
            for message in consumer.consume(5_000, 1.0):
                if message.error():
                    continue
                partition = int(message.partition() or 0)
                if int(message.offset() or 0) + 1 >= left.get(partition, 0):
                    left.pop(partition, None)
                event = json.loads(message.value() or b"{}")
                found.append((event["key"], event["number"]))
        consumer.close()
        return Arrived(*disorder(found))

    def close(self) -> None:
        self._asking.close()

    def _ends(self) -> dict[int, int]:
        # One client for all questions: its logins would count as work of the broker.
        return {
            n: self._asking.get_watermark_offsets(TopicPartition(TOPIC, n), timeout=10)[1]
            for n in range(PARTITIONS)
        }


def outbox_records(made: Sequence[Row]) -> list[tuple[object, ...]]:
    """As COPY takes them into our outbox."""
    return [
        (row.shard, row.event_id, TOPIC, row.key, json.dumps(row.headers), row.payload)
        for row in made
    ]
