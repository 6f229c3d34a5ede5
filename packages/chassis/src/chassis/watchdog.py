"""The watchdog of a consumer group: a stuck consumer looks healthy, so look at the offsets.

Heartbeats succeed, getmany returns, other partitions flow, nothing is logged; only the committed
offset of one partition stands behind its end and does not move.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.kafka import sleep_unless
from chassis.metrics import CONSUMER_LAG, CONSUMER_LAG_SECONDS

log = structlog.get_logger(__name__)
LOOK_EVERY = 5.0
STUCK_AFTER = 30.0
ASK_LIMIT = 8.0


class Watchdog:
    """Compares committed with end offsets for every partition of the whole group."""

    def __init__(
        self, group: str, topics: Sequence[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._group = group
        self._topics = topics
        self._behind: dict[TopicPartition, tuple[int, float, float]] = {}
        """Partition → committed offset, since when it stands there, since when it lags."""
        self._stuck: set[TopicPartition] = set()
        """Why a consumer was replaced; empty again when all of them have moved."""
        self._rebuilt = 0

    def healthy(self) -> bool:
        return self._rebuilt < 2

    def excuse(self, place: TopicPartition | None = None) -> None:
        """Trouble of the database or of Kafka itself: no progress, yet nothing is stuck.

        A new consumer, or a restart by whoever asks for liveness, would not help.
        """
        now = self._clock()
        for each in self._behind if place is None else {place} & self._behind.keys():
            done, _, lagging = self._behind[each]
            self._behind[each] = done, now, lagging

    async def watch(
        self, consumer: AIOKafkaConsumer, stop: asyncio.Event, stuck: asyncio.Event
    ) -> None:
        """Look until `stop`; set `stuck` when a partition lags and has not moved for 30 s."""
        self.excuse()
        while not stop.is_set():
            if await self.look(consumer):
                stuck.set()
                return
            await sleep_unless(stop, LOOK_EVERY)

    async def look(self, consumer: AIOKafkaConsumer) -> bool:
        """One look; whether the consumer is to be replaced."""
        try:
            found = await asyncio.wait_for(self._compare(consumer), ASK_LIMIT)
        except (KafkaError, TimeoutError, OSError):
            self.excuse()
            return False
        self._stuck |= found
        if found:
            self._rebuilt += 1
        elif not self._stuck:
            self._rebuilt = 0
        return bool(found)

    async def _compare(self, consumer: AIOKafkaConsumer) -> set[TopicPartition]:
        places = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        if not places:
            return set()
        ends = await consumer.end_offsets(places)
        starts = await consumer.beginning_offsets(places)
        now = self._clock()
        lag = dict.fromkeys(self._topics, 0)
        age = dict.fromkeys(self._topics, 0.0)
        stuck: set[TopicPartition] = set()
        for place in places:
            committed = await consumer.committed(place)
            done = starts[place] if committed is None else committed
            missing = ends[place] - done
            if missing <= 0:
                self._behind.pop(place, None)
                self._stuck.discard(place)
                continue
            stood, since, lagging = self._behind.get(place, (done, now, now))
            if stood != done:
                since = now
                self._stuck.discard(place)
            self._behind[place] = done, since, lagging
            lag[place.topic] += missing
            age[place.topic] = max(age[place.topic], now - lagging)
            if now - since > STUCK_AFTER:
                log.error("partition_stuck", topic=place.topic, partition=place.partition)
                stuck.add(place)
        for topic in self._topics:
            CONSUMER_LAG.labels(topic).set(lag[topic])
            CONSUMER_LAG_SECONDS.labels(topic).set(age[topic])
        return stuck
