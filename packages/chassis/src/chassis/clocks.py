"""The loop that lets time pass: what is due is found by an index and handed to its use case.

Any number of workers may look at once: a use case locks its row, looks again, and does one step or
nothing. Nothing is remembered in a process, so a restart forgets nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import Transient
from chassis.kafka import sleep_unless
from chassis.metrics import CLOCK_LATE, CLOCK_TICKS

log = structlog.get_logger(__name__)
LOOK_EVERY = 2.0
AT_ONCE = 200
"""Due rows of one kind in one look."""

Tick = Callable[[UUID, datetime], Awaitable[object]]


@dataclass(frozen=True)
class Dial:
    """One kind of moment. `due`: SQL with ($1 now, $2 how many) that finds the due ones as
    (id, due_at), the oldest first; `tick`: what is done about each."""

    name: str
    due: str
    tick: Tick
    told: bool = True
    """Whether it is counted. A number of questions that nobody answered would tell of those who said no."""


class Clocks:
    """`run` returns after `stop`; trouble of the database makes it wait. One moment that can't be
    seen to is logged and tried again at the next look, and keeps no other from its turn."""

    def __init__(self, db: Database, clock: Clock, dials: Sequence[Dial]) -> None:
        self._db = db
        self._clock = clock
        self._dials = tuple(dials)
        for dial in dials:
            if dial.told:
                CLOCK_TICKS.labels(dial.name)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                while await self.look() and not stop.is_set():
                    pass
            except Transient as error:
                log.info("clocks_wait", error=str(error))
            await sleep_unless(stop, LOOK_EVERY)

    async def look(self) -> bool:
        """See to what is due now; whether there may be more. Raises Transient."""
        now = self._clock()
        oldest, more = 0.0, False
        for dial in self._dials:
            rows = await self._db.fetch(dial.due, now, AT_ONCE)
            done = 0
            for row in rows:
                try:
                    await dial.tick(row["id"], now)
                except Transient:
                    raise
                except Exception as error:  # noqa: BLE001 - one that fails must not stop all clocks
                    log.error("tick_failed", clock=dial.name, reason=type(error).__name__)
                    oldest = max(oldest, (now - row["due_at"]).total_seconds())
                else:
                    done += 1
                    if dial.told:
                        CLOCK_TICKS.labels(dial.name).inc()
            # One that fails is found again at once: only a look without such a one is repeated.
            more |= done == AT_ONCE
        CLOCK_LATE.set(oldest)
        return more
