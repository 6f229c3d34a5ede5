"""Live trees and the live event stream: fan-out to open pages, with a bound on everything.

A tree is what the wishes service says it is; an event only says that it is time to ask again. So a
lost or doubled event can't put a heart where none hangs.
"""

import asyncio
import contextlib
import json
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import structlog
from chassis.kafka import sleep_unless

from web.metrics import STREAMS
from web.services import Away, Refused, Services
from web.tree import Leaf, changes, draw, leaves_of

log = structlog.get_logger(__name__)
RING = 500
QUEUE = 100
TREES = 200
PULSE = 15.0
LIFE = 600.0
"""Seconds: an open stream is ended after ten minutes; the browser comes back by itself."""
AGAIN = 1.0


class Channel:
    """One stream of messages with a memory: who was away for a moment misses nothing."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(3)
        self._count = 0
        self._ring: deque[tuple[int, str]] = deque(maxlen=RING)
        self._pages: set[asyncio.Queue[str | None]] = set()

    def publish(self, name: str, data: Any) -> None:
        self._count += 1
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        message = f"id: {self._boot}-{self._count}\nevent: {name}\ndata: {text}\n\n"
        self._ring.append((self._count, message))
        for page in self._pages:
            if page.full():
                # Too slow: what it missed is not sent piece by piece, it loads the page again.
                while not page.empty():
                    page.get_nowait()
                page.put_nowait(None)
            else:
                page.put_nowait(message)

    @property
    def position(self) -> str:
        return f"{self._boot}-{self._count}"

    async def listen(self, last: str | None, stopping: asyncio.Event) -> AsyncGenerator[str]:
        """Messages after `last`, then new ones, until the page goes or ten minutes are over."""
        page: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)
        missed = self._since(last)
        self._pages.add(page)
        STREAMS.inc()
        try:
            yield "retry: 2000\n\n"
            if missed is None:
                yield f"id: {self.position}\nevent: reload\ndata: {{}}\n\n"
            else:
                for message in missed:
                    yield message
            loop = asyncio.get_running_loop()
            end = loop.time() + LIFE
            while not stopping.is_set() and loop.time() < end:
                message = await _next(page, stopping)
                if message is None:
                    yield f"id: {self.position}\nevent: reload\ndata: {{}}\n\n"
                else:
                    yield message
        finally:
            self._pages.discard(page)
            STREAMS.dec()

    def _since(self, last: str | None) -> list[str] | None:
        """What came after `last`; None when that is too long ago to say."""
        if last is None:
            return []
        boot, _, count = last.partition("-")
        if boot != self._boot or not count.isdigit():
            return None
        seen = int(count)
        if self._ring and seen < self._ring[0][0] - 1:
            return None
        return [message for number, message in self._ring if number > seen]


async def _next(page: asyncio.Queue[str | None], stopping: asyncio.Event) -> str | None:
    """The next message, or a pulse so that a dead connection is noticed."""
    waiting = asyncio.create_task(page.get())
    ending = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({waiting, ending}, timeout=PULSE, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else ": \n\n"
    finally:
        for task in (waiting, ending):
            task.cancel()


@dataclass
class LiveTree:
    """One community's tree: the last good picture, its counts, and who is looking at it."""

    area: str
    counts: dict[str, Any]
    as_of: str
    leaves: dict[int, Leaf]
    layer: str
    channel: Channel = field(default_factory=Channel)
    stale: bool = False


class Trees:
    """Trees by area; the longest unused goes first."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._trees: OrderedDict[str, LiveTree] = OrderedDict()
        self._dirty: set[str] = set()
        self._ring = asyncio.Event()

    async def get(self, area: str) -> LiveTree:
        """The tree; asked for the first time, or when the last answer was not got. Raises Away only
        when there was never a good one."""
        tree = self._trees.get(area)
        if tree is None or tree.stale:
            try:
                tree = await self._load(area)
            except Away:
                if tree is None:
                    raise
        self._trees.move_to_end(area)
        return tree

    def changed(self, area: str) -> None:
        """Something happened there: ask again, soon and once."""
        if area in self._trees:
            self._dirty.add(area)
            self._ring.set()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ring.wait(), 1.0)
            self._ring.clear()
            for area in list(self._dirty):
                self._dirty.discard(area)
                try:
                    await self._load(area)
                except (Away, Refused) as error:
                    log.info("tree_not_refreshed", area=area, error=str(error))
                    self._trees[area].stale = True
                    self._dirty.add(area)
                    await sleep_unless(stop, AGAIN)

    async def _load(self, area: str) -> LiveTree:
        row = await self._services.get("wishes", f"/v1/trees/{area}")
        leaves = leaves_of(row["leaves"])
        tree = self._trees.get(area)
        if tree is None:
            tree = LiveTree(area, row["counts"], row["as_of"], leaves, draw(leaves))
            self._trees[area] = tree
            while len(self._trees) > TREES:
                self._trees.popitem(last=False)
            return tree
        news = changes(tree.leaves, leaves)
        tree.as_of, tree.stale = row["as_of"], False
        if news or tree.counts != row["counts"]:
            tree.leaves, tree.counts = leaves, row["counts"]
            tree.layer = draw(leaves)
            for message in news:
                tree.channel.publish("leaf", message)
            tree.channel.publish("counts", tree.counts)
        return tree
