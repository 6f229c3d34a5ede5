"""Numbers that cost a query are taken now and then by a loop of their own, never by a scrape."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import asyncpg
import structlog

from chassis.errors import ChassisError
from chassis.kafka import sleep_unless

log = structlog.get_logger(__name__)
EVERY = 5.0
SHARE = 50
"""A look that takes long is followed by a rest of fifty times that: at most 2% of one core."""


class Measuring:
    """Runs `look` at once and then every 5 s until stopped; trouble waits for the next time."""

    def __init__(self, look: Callable[[], Awaitable[object]]) -> None:
        self._look = look

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = perf_counter()
            try:
                await self._look()
            except (ChassisError, asyncpg.PostgresError) as error:
                # A table that is not migrated yet, for instance: no reason for the process to end.
                log.info("not_measured", error=type(error).__name__)
            await sleep_unless(stop, max(EVERY, SHARE * (perf_counter() - began)))
