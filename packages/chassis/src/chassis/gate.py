"""The gate of a consumer: no commit is in flight while a rebalance goes on.

A commit answered with an old generation makes aiokafka forget its member id and join anew; the old
member stays as a ghost that holds partitions until its session ends (58-144 s were measured).
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from aiokafka import ConsumerRebalanceListener, TopicPartition


class Gate(ConsumerRebalanceListener):
    """`epoch` counts assignments; a batch fetched under one must not be handled under another."""

    def __init__(self) -> None:
        self.closed = True
        self.epoch = 0
        self._at_work = asyncio.Lock()

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        """Close, then wait for the batch at work; aiokafka joins only after this returns."""
        self.closed = True
        async with self._at_work:
            pass

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        self.epoch += 1
        self.closed = False

    @asynccontextmanager
    async def passage(self, epoch: int) -> AsyncGenerator[bool]:
        """Hold the gate for one batch; False when the batch belongs to an earlier assignment."""
        async with self._at_work:
            yield not self.closed and epoch == self.epoch
