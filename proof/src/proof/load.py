"""A steady load of whole wish lives."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import httpx
from hansenzhai.api import Refused, Unreachable

from proof.client import PATIENCE, TIME_LIMIT, Client, Ended
from proof.habits import Habits
from proof.life import Left, Life
from proof.people import People
from proof.record import Recorder


@dataclass
class Load:
    """Lives against `wishes` (a base address) until `stop`, at `rate` new lives a second."""

    http: httpx.AsyncClient
    wishes: str
    people: People
    recorder: Recorder
    rng: random.Random
    rate: float
    habits: Habits = field(default_factory=Habits)
    crowd: int = 80
    """Lives at once, at the most: a system that stands still must not pile up clients."""
    counts: Counter[str] = field(default_factory=Counter)
    """acknowledged, refused, unknown attempts; lives begun and ended."""
    _living: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Begins lives until `stop`, then lets those that live come to their end."""
        client = Client(
            self.http,
            self.wishes,
            self.people,
            self.recorder,
            self.rng,
            self.habits,
            self.counts,
        )
        left = Left()
        while not stop.is_set():
            if len(self._living) < self.crowd:
                life = Life(client, self.people, self.rng, self.habits, left)
                living = asyncio.create_task(self._live(life))
                self._living.add(living)
                living.add_done_callback(self._living.discard)
            try:
                await asyncio.wait_for(stop.wait(), self.rng.expovariate(self.rate))
            except TimeoutError:
                continue
        if self._living:
            await asyncio.wait(self._living, timeout=PATIENCE + 2 * TIME_LIMIT)
        unfinished = list(self._living)
        for living in unfinished:
            living.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _live(self, life: Life) -> None:
        self.counts["begun"] += 1
        try:
            await life.tell()
        except (Ended, Refused, Unreachable):
            # Refused by wishes, or nobody could sign in.
            self.counts["broken off"] += 1
        else:
            self.counts["ended"] += 1
