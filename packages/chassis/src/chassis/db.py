"""PostgreSQL: one pool a process, one transaction a command, events in the same transaction.

Guarantees: an event that `emit` queued is in the outbox if and only if the transaction committed.
The order of outbox ids is the order of versions for each key, because a command locked or inserted
the aggregate's row before, or looked at it unlocked and wrote something that only one writer of that
version can write (a primary key of aggregate and version). Trouble that passes is raised as
`Transient`.

A round trip to the database costs more than what most statements do there, so a transaction begins
with its first statement that must be answered, and what needs no answer (`write`) waits for the next
one that does, or for the end: a command that only writes is one statement, sent once.
"""

import asyncio
import re
import zlib
from collections import Counter as Tally
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from contracts.codec import encode
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.registry import spec_of
from orjson import dumps
from prometheus_client import Counter

from chassis import context, tracing
from chassis.clock import now
from chassis.connections import Connections
from chassis.errors import Transient, Unstorable
from chassis.ids import uuid7
from chassis.metrics import EVENTS_WRITTEN, watch_pool

SHARDS = 16
CONNECT_TIMEOUT = 5.0
COMMAND_TIMEOUT = 10.0
Row = asyncpg.Record

INSERT_OUTBOX = """
insert into outbox (shard, event_id, topic, key, headers, payload)
values ($1, $2, $3, $4, $5, $6)
"""
# In the order given: ids are the order of versions.
INSERT_OUTBOX_ROWS = """
insert into outbox (shard, event_id, topic, key, headers, payload)
select shard, event_id, topic, key, headers, payload
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[])
    with ordinality as row (shard, event_id, topic, key, headers, payload, n) order by n
"""
PARAMETER = re.compile(r"\$(\d+)")

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


@lru_cache(maxsize=256)
def together(statements: tuple[str, ...]) -> str:
    """One statement that does what all of these do, with their parameters one after the other.

    All see the tables as they were before: never two for one row. PostgreSQL promises no order; it
    begins with the last, so they stand reversed. Only the order of locks rests on that.
    """
    if len(statements) == 1:
        return statements[0]
    parts: list[str] = []
    given = 0
    for number, sql in enumerate(statements):
        shifted = PARAMETER.sub(lambda found, by=given: f"${int(found[1]) + by}", sql)
        parts.append(f"w{number} as ({shifted})")
        given += max(map(int, PARAMETER.findall(sql)), default=0)
    return f"with {', '.join(reversed(parts))} select"


class Transaction:
    """One transaction. Statements run in it; events queued in it are written at its end.

    It begins with the first statement that is answered. `before` is awaited in it right then: what
    must come before anything that is read.
    """

    def __init__(
        self, connection: Any, before: Callable[["Transaction"], Awaitable[None]] | None = None
    ) -> None:
        self._connection = connection
        self._before = before
        self._whole: Any = None
        self._writes: list[tuple[str, tuple[Any, ...]]] = []
        self._refused: dict[str, type[Exception]] = {}
        self._queued: list[tuple[Any, ...]] = []
        self._counted: list[Counter] = []
        self.shards: set[int] = set()
        """Of the outbox, that were written to."""

    async def look(self, sql: str, *args: Any) -> Row | None:
        """One row, without beginning: nothing keeps others from changing it the moment after.

        So what is written then must fail by a constraint if they did (`refused`).
        """
        return await self._connection.fetchrow(sql, *args)

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        await self._catch_up()
        return await self._connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        await self._catch_up()
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        await self._catch_up()
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        await self._catch_up()
        return await self._connection.execute(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            await self._catch_up()
            await self._connection.executemany(sql, rows)

    def write(
        self, sql: str, *args: Any, refused: Mapping[str, type[Exception]] | None = None
    ) -> None:
        """Queue an insert, update or delete whose answer nobody needs.

        It goes together with the others that are queued, in one statement: they do not see each
        other's rows, so never two for one row. `refused` names what to raise when it would break a
        unique constraint or a foreign key; that comes at the next statement that is answered, or at the end.
        """
        self._writes.append((sql, args))
        self._refused.update(refused or {})

    @property
    def has_begun(self) -> bool:
        """Whether anything was asked of the database: until then, nothing but `write` happened."""
        return self._whole is not None

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Undo what happened inside if it raises, events included."""
        await self._catch_up()
        mark, counted = len(self._queued), len(self._counted)
        try:
            # Named here already: a deadlock inside is no fault of the event being handled.
            with passing_trouble():
                async with self._connection.transaction():
                    yield
                    await self._send()
        except BaseException:
            del self._queued[mark:], self._counted[counted:]
            self._writes.clear()
            raise

    async def finish(self) -> None:
        """Write what waits, events last, and commit. A single statement is its own transaction."""
        self._queue_outbox()
        await self._send()
        if self._whole is not None:
            await self._whole.commit()

    async def undo(self) -> None:
        if self._whole is not None:
            await self._whole.rollback()

    async def write_outbox(self) -> None:
        """Now instead of at the end, together with what waits: ids are taken here."""
        await self._begin()
        self._queue_outbox()
        await self._send()

    async def _catch_up(self) -> None:
        """Begin, and write what waits: the next statement sees it."""
        await self._begin()
        await self._send()

    async def _begin(self) -> None:
        if self._whole is None:
            self._whole = self._connection.transaction()
            await self._whole.start()
            if self._before is not None:
                # It comes before what was queued, too: a repeated command must not get that far.
                writes, self._writes = self._writes, []
                await self._before(self)
                self._writes = writes

    async def _send(self) -> None:
        if not self._writes:
            return
        writes, self._writes = self._writes, []
        sql = together(tuple(sql for sql, _ in writes))
        try:
            await self._connection.execute(sql, *(arg for _, args in writes for arg in args))
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as error:
            refused = self._refused.get(error.constraint_name or "")
            if refused is None:
                raise
            raise refused from None

    def _queue_outbox(self) -> None:
        if len(self._queued) == 1:
            self.write(INSERT_OUTBOX, *self._queued[0])
        elif self._queued:
            self.write(
                INSERT_OUTBOX_ROWS, *(list(column) for column in zip(*self._queued, strict=True))
            )
        self.shards |= {shard for shard, *_ in self._queued}
        self._queued.clear()

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
        # Our own headers are clean.
        headers = dumps([[name, value.decode()] for name, value in message.headers]).decode()
        self._queue(event_id, message.topic, str(key), headers, message.value)
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
        self._queue(event_id, topic, key, headers_text(headers), payload)

    def _queue(self, event_id: UUID, topic: str, key: str, headers: str, payload: bytes) -> None:
        self._queued.append((shard_of(key), event_id, topic, key, headers, payload))

    def write_metrics(self) -> None:
        for metric, times in Tally(self._counted).items():
            metric.inc(times)


class Database:
    """The pool of one process, and the bell that wakes its relay after a commit."""

    def __init__(self, dsn: str, *, service: str, size: int = 10) -> None:
        self.dsn = dsn
        self.service = service
        self._size = size
        self._connections: Connections | None = None
        self._opening = asyncio.Lock()
        self.wake = asyncio.Event()
        self.written: set[int] = set()
        """Shards of the outbox that this process committed to; who is woken takes them out."""
        watch_pool(self._idle, self._used)

    def _idle(self) -> int:
        return self._connections.idle if self._connections else 0

    def _used(self) -> int:
        return self._connections.used if self._connections else 0

    async def open(self) -> Connections:
        """Have a connection at hand. Raises Transient while PostgreSQL is away.

        Nobody sets anything for the session or takes a session's lock on one that is lent.
        """
        if self._connections is not None:
            return self._connections
        async with self._opening:
            if self._connections is None:
                connections = Connections(self._connect, self._size)
                with passing_trouble():
                    await connections.warm()
                self._connections = connections
            return self._connections

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self.dsn,
            timeout=CONNECT_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT,
            server_settings=session_settings(self.service),
        )

    async def close(self) -> None:
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.close()

    async def ping(self) -> bool:
        """Whether a statement gets through."""
        try:
            return await self.fetchval("select true")
        except Transient:
            return False

    @asynccontextmanager
    async def transaction(
        self, before: Callable[[Transaction], Awaitable[None]] | None = None
    ) -> AsyncGenerator[Transaction]:
        """See Transaction. Leaving the block commits; an exception undoes everything."""
        with passing_trouble(), tracing.span("transaction"):
            async with (await self.open()).one() as connection:
                tx = Transaction(connection, before)
                try:
                    yield tx
                    await tx.finish()
                except BaseException:
                    await self._undo(tx, connection)
                    raise
        tx.write_metrics()
        if tx.shards:
            self.written |= tx.shards
            self.wake.set()

    async def _undo(self, tx: Transaction, connection: asyncpg.Connection) -> None:
        """What cannot be rolled back ends with its connection; it must not hide what went wrong before."""
        try:
            await tx.undo()
        except (*_PASSING, asyncpg.PostgresError):
            connection.terminate()

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        with passing_trouble():
            async with (await self.open()).one() as connection:
                return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        with passing_trouble():
            async with (await self.open()).one() as connection:
                return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        with passing_trouble():
            async with (await self.open()).one() as connection:
                return await connection.fetchval(sql, *args)


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
