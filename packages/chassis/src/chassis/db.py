"""PostgreSQL: one pool a process, one transaction a command, events in the same transaction.

Guarantees: an event that `emit` queued is in the outbox if and only if the transaction committed,
and its row was written after the aggregate's row was locked, so that the order of outbox ids is the
order of versions for each key. Trouble that passes is raised as `Transient`.
"""

import asyncio
import zlib
from collections import Counter as Tally
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
from contracts.codec import encode
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.registry import spec_of
from orjson import dumps
from prometheus_client import Counter

from chassis import context
from chassis.clock import now
from chassis.errors import Transient, Unstorable
from chassis.ids import uuid7
from chassis.metrics import EVENTS_WRITTEN, POOL_WAIT, watch_pool

SHARDS = 16
CONNECT_TIMEOUT = 5.0
COMMAND_TIMEOUT = 10.0
Row = asyncpg.Record

INSERT_OUTBOX = """
insert into outbox (shard, event_id, topic, key, headers, payload)
values ($1, $2, $3, $4, $5, $6)
"""

_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says when a connection ends between two messages
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
    TimeoutError,
)


@contextmanager
def passing_trouble() -> Generator[None]:
    """Name the trouble that passes once, at the edge; all else goes through unchanged."""
    try:
        yield
    except asyncpg.DataError as error:
        raise Unstorable(f"PostgreSQL: {type(error).__name__}") from error
    except _PASSING as error:
        # asyncpg calls an argument that it cannot encode an InterfaceError: that never passes.
        if isinstance(error, ValueError):
            raise Unstorable(f"PostgreSQL: {type(error).__name__}") from error
        raise Transient(f"PostgreSQL: {type(error).__name__}") from error


def headers_text(headers: Iterable[tuple[str, bytes]]) -> str:
    """Headers as the tables keep them. PostgreSQL's text and jsonb know no NUL; a poison message may."""
    return dumps([[readable(name.encode()), readable(value)] for name, value in headers]).decode()


def readable(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "\ufffd")


def shard_of(key: str) -> int:
    """The same key is always in the same shard; Python's own hash is salted per process."""
    return zlib.crc32(key.encode()) & (SHARDS - 1)


class Transaction:
    """One open transaction. Statements run in it; events queued in it are written at its end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._queued: list[tuple[Any, ...]] = []
        self._counted: list[Counter] = []
        self.has_emitted = False

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        return await self._connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        return await self._connection.execute(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            await self._connection.executemany(sql, rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Undo what happened inside if it raises, events included."""
        mark, counted = len(self._queued), len(self._counted)
        try:
            # Named here already: a deadlock inside is no fault of the event being handled.
            with passing_trouble():
                async with self._connection.transaction():
                    yield
        except BaseException:
            del self._queued[mark:], self._counted[counted:]
            raise

    def emit(self, data: EventData, *, key: UUID, version: int) -> UUID:
        """Queue one event of the aggregate `key`. `version` counts its events from 1."""
        spec = spec_of(type(data))
        event_id = uuid7()
        message = encode(
            Event(
                id=event_id,
                type=spec.type,
                source=spec.source,
                subject=str(key),
                time=now(),
                data=data,
                aggregate_version=version,
                correlation_id=context.correlation_id.get() or str(event_id),
                causation_id=context.causation_id.get(),
                traceparent=context.traceparent.get(),
            )
        )
        self.enqueue(event_id, message.topic, str(key), message.headers, message.value)
        self.count(EVENTS_WRITTEN.labels(spec.type))
        return event_id

    def count(self, metric: Counter) -> None:
        """Counted if and only if the transaction commits."""
        self._counted.append(metric)

    def enqueue(
        self,
        event_id: UUID,
        topic: str,
        key: str,
        headers: Sequence[tuple[str, bytes]],
        payload: bytes,
    ) -> None:
        """Queue a message as it is; for what is not an event of ours, such as a dead letter."""
        text = headers_text(headers)
        self._queued.append((shard_of(key), event_id, topic, key, text, payload))

    async def write_outbox(self) -> None:
        if not self._queued:
            return
        if len(self._queued) == 1:
            await self._connection.execute(INSERT_OUTBOX, *self._queued[0])
        else:
            await self._connection.executemany(INSERT_OUTBOX, self._queued)
        self._queued.clear()
        self.has_emitted = True

    def write_metrics(self) -> None:
        for metric, times in Tally(self._counted).items():
            metric.inc(times)


class Database:
    """The pool of one process, and the bell that wakes its relay after a commit."""

    def __init__(self, dsn: str, *, service: str, size: int = 10) -> None:
        self.dsn = dsn
        self.service = service
        self._size = size
        self._pool: asyncpg.Pool[Row] | None = None
        self._opening = asyncio.Lock()
        self.wake = asyncio.Event()
        watch_pool(self._idle, self._used)

    def _idle(self) -> int:
        return self._pool.get_idle_size() if self._pool else 0

    def _used(self) -> int:
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0

    async def open(self) -> None:
        """Make the pool. Raises Transient while PostgreSQL is away."""
        if self._pool is not None:
            return
        async with self._opening:
            if self._pool is not None:
                return
            with passing_trouble():
                self._pool = await asyncpg.create_pool(
                    self.dsn,
                    min_size=min(2, self._size),
                    max_size=self._size,
                    timeout=CONNECT_TIMEOUT,
                    command_timeout=COMMAND_TIMEOUT,
                    server_settings=session_settings(self.service),
                )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), 3)
            except TimeoutError:
                pool.terminate()

    async def ping(self) -> bool:
        """Whether a statement gets through."""
        try:
            return await self.fetchval("select true")
        except Transient:
            return False

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        with passing_trouble():
            async with self._connection() as connection:
                tx = Transaction(connection)
                async with connection.transaction():
                    yield tx
                    await tx.write_outbox()
        tx.write_metrics()
        if tx.has_emitted:
            self.wake.set()

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        with passing_trouble():
            async with self._connection() as connection:
                return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        with passing_trouble():
            async with self._connection() as connection:
                return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        with passing_trouble():
            async with self._connection() as connection:
                return await connection.fetchval(sql, *args)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        await self.open()
        pool = self._pool
        if pool is None:
            raise Transient("PostgreSQL: closed")
        began = perf_counter()
        try:
            connection = await pool.acquire(timeout=CONNECT_TIMEOUT)
        finally:
            POOL_WAIT.observe(perf_counter() - began)
        try:
            yield connection
        finally:
            await pool.release(connection)


def session_settings(service: str) -> dict[str, str]:
    """Time-outs on the server's side, too: a lost client must not hold locks."""
    return {
        "application_name": service,
        "search_path": service,
        "statement_timeout": "9s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        # A half-open connection must not keep its locks: the relay's shards hang on one.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "15000",
        "timezone": "Asia/Shanghai",
    }
