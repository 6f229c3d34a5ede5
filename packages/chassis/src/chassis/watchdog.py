"""The watchdog of a consumer group: a stuck consumer looks healthy, so look at the offsets.

Heartbeats succeed, getmany returns, other partitions flow, nothing is logged; only the committed
offset of one partition stands behind its end and does not move.
"""

import asyncio
import time
from collections import defaultdict, deque
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
REMEMBERED = 1_000


class Watchdog:
    """Compares committed with end offsets for every partition of the whole group."""

    def __init__(
        self, group: str, topics: Sequence[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._group = group
        self._topics = topics
        self._behind: dict[TopicPartition, tuple[int, float]] = {}
        """Partition that lags → committed offset, and since when it stands there."""
        self._ends: defaultdict[TopicPartition, deque[tuple[float, int]]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED)
        )
        """Partition → (when, its end at that look), as far as it is not handled yet."""
        self._oldest: dict[TopicPartition, tuple[int, float]] = {}
        """Partition → the first offset that is not handled, and when its record was written."""
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
            self._behind[each] = self._behind[each][0], now

    def oldest(self, place: TopicPartition, offset: int, timestamp_ms: int) -> None:
        """The consumer tells which record it handles next and when that was written."""
        if timestamp_ms < 0:
            return
        # On our own clock, so that a step of the system's clock does not change what is known.
        age = max(0.0, time.time() - timestamp_ms / 1000)
        self._oldest[place] = offset, self._clock() - age

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
            self._show_age()
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
        stuck: set[TopicPartition] = set()
        for place in places:
            committed = await consumer.committed(place)
            done = starts[place] if committed is None else committed
            missing = ends[place] - done
            seen = self._ends[place]
            while seen and seen[0][1] <= done:
                seen.popleft()
            if missing <= 0:
                self._behind.pop(place, None)
                self._stuck.discard(place)
                continue
            if not seen or seen[-1][1] < ends[place]:
                seen.append((now, ends[place]))
            stood, since = self._behind.get(place, (done, now))
            if stood != done:
                since = now
                self._stuck.discard(place)
            self._behind[place] = done, since
            lag[place.topic] += missing
            if now - since > STUCK_AFTER:
                log.error("partition_stuck", topic=place.topic, partition=place.partition)
                stuck.add(place)
        for topic in self._topics:
            CONSUMER_LAG.labels(topic).set(lag[topic])
        self._show_age()
        return stuck

    def _show_age(self) -> None:
        """Of the oldest record that waits. Of one that this member did not fetch only the first look
        that saw it is known: less than the truth by one look, or by what was before this process."""
        now = self._clock()
        age = dict.fromkeys(self._topics, 0.0)
        for place, (done, _) in self._behind.items():
            offset, written = self._oldest.get(place, (-1, now))
            since = written if offset >= done else self._ends[place][0][0]
            age[place.topic] = max(age[place.topic], now - since)
        for topic, seconds in age.items():
            CONSUMER_LAG_SECONDS.labels(topic).set(seconds)
