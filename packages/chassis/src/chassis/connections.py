"""The connections of one process to its database, lent one at a time.

Not asyncpg's pool: that makes a task for each connection that comes back, and one for each that is
asked for with a limit. What it cost a command stands in docs/performance.md.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from time import monotonic

import asyncpg

from chassis.errors import Transient
from chassis.metrics import POOL_WAIT

WAIT_LIMIT = 5.0
"""Seconds until a place and a connection must have been had."""
IDLE_LIMIT = 300.0
"""Seconds after which one that nobody needed is ended, when another comes back: a rush must not keep
PostgreSQL's memory."""
AGE_LIMIT = 3600.0
"""Seconds after which one is not lent any more: its plans may be of when the tables were small."""
CLOSE_LIMIT = 3.0
END_LIMIT = 3.0
"""Seconds for PostgreSQL to stop what it was at."""
_UNSURE = (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, Transient)
"""After these the answer to the last statement may still be on its way, or a transaction half begun."""
_TROUBLE = (
    TimeoutError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


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
        self._ending: dict[asyncio.Task[None], asyncpg.Connection] = {}
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
        except BaseException as error:
            whole = isinstance(error, Exception) and not isinstance(error, _UNSURE)
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
        except _TROUBLE:
            pass
        finally:
            idle = [held.connection for held in self._idle]
            self._idle.clear()
            for connection in (*idle, *self._used, *self._ending.values()):
                connection.terminate()

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
            if held.connection.is_closed():
                continue
            if monotonic() - held.made < AGE_LIMIT:
                return held
            held.connection.terminate()
        return None

    async def _new(self) -> _Held:
        now = monotonic()
        connection = await self._connect()
        if self._closed:
            connection.terminate()
            raise asyncpg.InterfaceError("closed")
        return _Held(connection, now, now)

    def _give_back(self, held: _Held, *, whole: bool) -> None:
        """Awaits nothing: a task that is cancelled here must not keep the place."""
        connection, held.used = held.connection, monotonic()
        self._used.discard(connection)
        if connection.is_closed():
            self._places.release()
        elif not whole or self._closed or connection.is_in_transaction():
            task = asyncio.create_task(self._end(connection))
            self._ending[task] = connection
            task.add_done_callback(self._ending.pop)
        else:
            self._idle.append(held)
            if held.used - self._idle[0].used > IDLE_LIMIT:
                self._idle.pop(0).connection.terminate()
            self._places.release()

    async def _end(self, connection: asyncpg.Connection) -> None:
        """Nobody has the place before PostgreSQL was told to stop, and has: else a statement that was given
        up would run on beside the one that is tried again."""
        try:
            await connection.close(timeout=END_LIMIT)
        except _TROUBLE:
            connection.terminate()
        finally:
            self._places.release()
