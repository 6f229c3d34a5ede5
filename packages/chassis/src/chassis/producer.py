"""The idempotent producer and what cures it.

An outage longer than the request time-out leaves aiokafka's idempotent producer refusing with
OutOfOrderSequenceNumber for ever: an exception out of a batch's future means that this producer is
finished. It is closed by a recipe (a `stop()` under a time-out alone leaves a sender that writes old
batches behind the new producer's back) and a new one is built. A time-out of `send_batch()` itself
or a missing answer is no reason: rebuilding then only makes duplicates.
"""

import asyncio
import contextlib
from collections import defaultdict
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import murmur2

from chassis.kafka import KafkaSettings, sleep_unless
from chassis.metrics import RELAY_REBUILDS

log = structlog.get_logger(__name__)
MAX_BATCH_BYTES = 262_144
ANSWER_LIMIT = 60.0
"""Seconds without any answer after which a producer is given up, as a last resort."""
START_PAUSE = 0.5


class ProducerFinished(Exception):
    """A batch's future failed: nothing this producer says can be relied on any more."""


class TooLarge(ProducerFinished):
    """The broker refuses a batch of this size for ever; its sequence number is used up all the same."""


class NoSuchTopic(Exception):
    """The brokers know no topic of this name, or none that we may use: they tell only whom it concerns."""


class NotAccepted(Exception):
    """The batch never entered the producer: the rows stay, the producer is fine."""


@lru_cache(maxsize=100_000)
def _hash(key: str) -> int:
    return murmur2(key.encode()) & 0x7FFFFFFF


def partition_of(key: str, partitions: int) -> int:
    """The partition that the Java and aiokafka default partitioners choose for this key."""
    return _hash(key) % partitions


class Producer:
    """One living producer at a time, replaced when it is finished."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._live: AIOKafkaProducer | None = None
        self._over: asyncio.Future[None] | None = None
        """Done when the living producer has been closed: no answer comes any more."""
        self._changing = asyncio.Lock()
        self._places: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.generation = 0

    async def ready(self, stop: asyncio.Event) -> bool:
        """Wait for a started producer. `start()` does not retry by itself; this does."""
        async with self._changing:
            while self._live is None and not stop.is_set():
                candidate = AIOKafkaProducer(
                    **self._settings.client(),
                    enable_idempotence=True,
                    acks="all",
                    linger_ms=0,
                    max_batch_size=MAX_BATCH_BYTES,
                    request_timeout_ms=self._settings.request_timeout_ms,
                )
                try:
                    await asyncio.wait_for(candidate.start(), 15)
                except BaseException as error:
                    await _close(candidate, self._settings.request_timeout_ms / 1000)
                    if not isinstance(error, KafkaError | OSError | TimeoutError):
                        raise
                    log.info("kafka_not_reachable", error=type(error).__name__)
                    await sleep_unless(stop, START_PAUSE)
                else:
                    self._live = candidate
                    self._over = asyncio.get_running_loop().create_future()
                    self.generation += 1
        return self._live is not None

    async def partitions(self, topic: str) -> int:
        """How many partitions the topic has. NoSuchTopic only if a broker itself said so."""
        live = self._current()
        try:
            async with asyncio.timeout(15):
                return len(await live.partitions_for(topic))
        except TopicAuthorizationFailedError as error:
            raise NoSuchTopic(topic) from error
        except UnknownTopicOrPartitionError:
            # Also raised when no broker answered at all; that is another matter.
            if not await asyncio.wait_for(live.client.force_metadata_update(), 15):
                raise
            if live.client.cluster.partitions_for_topic(topic):
                raise
            raise NoSuchTopic(topic) from None

    def new_batch(self) -> Any:
        return self._current().create_batch()

    async def send(self, batch: Any, topic: str, partition: int) -> None:
        """Send one batch and wait for its answer.

        The lock keeps one caller at a time at the partition's only waiting place, which aiokafka
        hands out unfairly.
        """
        live, over = self._current(), self._over
        try:
            async with self._places[topic, partition]:
                answer = await live.send_batch(batch, topic, partition=partition)
        except (KafkaError, TimeoutError) as error:
            raise NotAccepted(type(error).__name__) from error
        # Another batch's failure ends the producer of this one, too: then no answer comes for it.
        waited = [answer] if over is None else [answer, over]
        await asyncio.wait(waited, timeout=ANSWER_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() or answer.cancelled():
            raise ProducerFinished("no answer")
        error = answer.exception()
        if isinstance(error, MessageSizeTooLargeError):
            raise TooLarge from error
        if error is not None:
            raise ProducerFinished(type(error).__name__) from error

    async def replace(self, generation: int) -> None:
        """Give the producer of `generation` up. Later callers with the same number do nothing."""
        async with self._changing:
            if generation != self.generation or self._live is None:
                return
            RELAY_REBUILDS.inc()
            log.warning("producer_rebuilt", generation=generation)
            await self._end(self._live, self._settings.request_timeout_ms / 1000)

    async def close(self) -> None:
        async with self._changing:
            if self._live is not None:
                await self._end(self._live, 1.0)

    async def _end(self, finished: AIOKafkaProducer, request_timeout: float) -> None:
        over, self._live, self._over = self._over, None, None
        try:
            await _close(finished, request_timeout)
        finally:
            # Only now: what was answered while it closed counts as acknowledged.
            if over is not None and not over.done():
                over.set_result(None)

    def _current(self) -> AIOKafkaProducer:
        if self._live is None:
            raise NotAccepted("no producer")
        return self._live


async def _close(producer: AIOKafkaProducer, request_timeout: float) -> None:
    """End the producer and its sender, in this order, before anything takes its place.

    `stop()` of an idempotent producer does not return while the brokers are away; the sender is
    private and there is no public way to end it. Closing the client first would leave the sender
    waiting for metadata that never comes.
    """
    try:
        await asyncio.wait_for(producer.stop(), 1)
    except TimeoutError:
        sender = producer._sender.sender_task  # pyright: ignore[reportPrivateUsage]
        if sender is not None:
            sender.cancel()
            await asyncio.wait([sender], timeout=request_timeout + 2)
            if not sender.done():
                sender.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(producer.client.close(), 5)
    except (KafkaError, OSError) as error:
        log.info("producer_closed_late", error=type(error).__name__)
