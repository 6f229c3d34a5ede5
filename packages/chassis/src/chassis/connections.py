"""The connections of one process to its database, lent one at a time.

Not asyncpg's pool: that makes a task for each connection that comes back, and a timer for each that
waits, together a fifteenth of the processor time of a whole command (docs/performance.md).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from time import monotonic

import asyncpg

from chassis.metrics import POOL_WAIT

WAIT_LIMIT = 5.0
"""Seconds until a place and a connection must have been had."""
IDLE_LIMIT = 300.0
"""Seconds after which a connection that nobody needed is closed: a rush must not keep PostgreSQL's memory."""
AGE_LIMIT = 3600.0
"""Seconds after which one is not lent any more: its plans may be of when the tables were small."""
CLOSE_LIMIT = 3.0


@dataclass(slots=True)
class _Held:
    connection: asyncpg.Connection
    made: float
    used: float
    """When it came back."""


class Connections:
    """At most `size`; who comes first is served first. The one that came back last goes out first."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Held] = []
        self._used: set[asyncpg.Connection] = set()
        self._closed = False

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def used(self) -> int:
        return len(self._used)

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[asyncpg.Connection]:
        """Whoever borrows it ends their transaction. Raises TimeoutError where none gets free, and
        what asyncpg raises where PostgreSQL is away."""
        began = monotonic()
        try:
            held = await self._take()
        finally:
            POOL_WAIT.observe(monotonic() - began)
        whole = True
        try:
            yield held.connection
        except (asyncio.CancelledError, TimeoutError):
            # The answer to the last statement may still be on its way.
            whole = False
            raise
        finally:
            self._give_back(held, whole=whole)

    async def warm(self) -> None:
        """Have one at hand: whoever comes first need not wait, and it is known that PostgreSQL is there."""
        async with self.one():
            pass

    async def close(self) -> None:
        """What is lent gets CLOSE_LIMIT seconds."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_LIMIT):
                for _ in range(self._size):
                    await self._places.acquire()
                for held in self._idle:
                    await held.connection.close()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            for connection in (*(held.connection for held in self._idle), *self._used):
                connection.terminate()
        self._idle.clear()

    async def _take(self) -> _Held:
        at_once = self._idle and not self._places.locked()
        async with nullcontext() if at_once else asyncio.timeout(WAIT_LIMIT):
            await self._places.acquire()
            try:
                held = self._good() or await self._new()
            except BaseException:
                self._places.release()
                raise
        self._used.add(held.connection)
        return held

    def _good(self) -> _Held | None:
        while self._idle:
            held = self._idle.pop()
            if not held.connection.is_closed():
                return held
        return None

    async def _new(self) -> _Held:
        if self._closed:
            raise asyncpg.InterfaceError("closed")
        now = monotonic()
        return _Held(await self._connect(), now, now)

    def _give_back(self, held: _Held, *, whole: bool) -> None:
        """Awaits nothing: a task that is cancelled here must not keep the place."""
        connection, now = held.connection, monotonic()
        self._used.discard(connection)
        held.used = now
        old = now - held.made > AGE_LIMIT
        if not connection.is_closed():
            if whole and not old and not connection.is_in_transaction():
                self._idle.append(held)
            else:
                connection.terminate()
        if self._idle and now - self._idle[0].used > IDLE_LIMIT:
            self._idle.pop(0).connection.terminate()
        self._places.release()
