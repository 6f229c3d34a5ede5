"""Events that could not be handled, and the later events of their keys, waiting in order.

A culprit is set aside in the very transaction that would have handled it, so that nothing is lost
and all other keys flow; later events of its key are parked behind it. `redrive` feeds them through
the same handler, in order, once the cause is gone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import structlog
from contracts.codec import decode
from contracts.envelope import Event
from contracts.errors import ContractError, UnknownEventType
from contracts.fields import EventData
from contracts.topics import dlq_name
from orjson import loads

from chassis import context
from chassis.db import Database, Row, Transaction, headers_text
from chassis.errors import Transient
from chassis.metrics import DEAD_LETTERS_MADE

log = structlog.get_logger(__name__)
Handler = Callable[[Transaction, Sequence[Event[EventData]]], Awaitable[None]]
REDRIVE_BATCH = 500

SHARE_LOCK = "select pg_advisory_xact_lock_shared(hashtext('wishtree.redrive'), hashtext($1))"
OWN_LOCK = "select pg_advisory_xact_lock(hashtext('wishtree.redrive'), hashtext($1))"
PARKED_KEYS = """
select distinct key from dead_letter
where consumer = $1 and key = any($2) and resolved_at is null
"""
SET_ASIDE = """
insert into dead_letter
    (consumer, topic, partition, position, key, headers, payload, culprit, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (consumer, topic, partition, position) do nothing
returning id
"""
OPEN_KEYS = """
select key, min(id) as first from dead_letter
where consumer = $1 and resolved_at is null and ($2::text is null or key = $2)
group by key order by first limit 1000
"""
OPEN_OF_KEY = """
select id, headers, payload from dead_letter
where consumer = $1 and key = $2 and resolved_at is null order by id limit $3
"""
RESOLVE = "update dead_letter set resolved_at = now() where id = any($1)"
DISCARD = """
update dead_letter set resolved_at = now(), reason = 'discarded: ' || reason
where id = (
    select min(id) from dead_letter where consumer = $1 and key = $2 and resolved_at is null
) returning id
"""
COUNT_OPEN = """
select count(*) as letters, count(distinct key) as keys from dead_letter
where consumer = $1 and resolved_at is null
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One record as it came from Kafka; `event` is None when it can't be read."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    event: Event[EventData] | None
    problem: str | None = None


async def parked_keys(tx: Transaction, consumer: str, keys: Sequence[str]) -> set[str]:
    """The keys among these that have something set aside. Holds re-driving off until the commit:
    else an event could be parked behind a key that was just resolved, and stay there."""
    await tx.execute(SHARE_LOCK, consumer)
    return {row["key"] for row in await tx.fetch(PARKED_KEYS, consumer, list(keys))}


async def set_aside(
    tx: Transaction, consumer: str, message: Message, reason: str, *, culprit: bool
) -> bool:
    """Keep the message with its reason, and publish a culprit to the group's dead-letter topic.

    False: it is kept already, perhaps resolved.
    """
    new = await tx.fetchval(
        SET_ASIDE,
        consumer,
        message.topic,
        message.partition,
        message.offset,
        message.key,
        headers_text(message.headers),
        message.value,
        culprit,
        reason,
    )
    if new is None or not culprit:
        return new is not None
    tx.count(DEAD_LETTERS_MADE.labels(message.topic))
    log.error("dead_letter", topic=message.topic, offset=message.offset, reason=reason)
    place = f"{message.topic}/{message.partition}/{message.offset}/{consumer}"
    tx.enqueue(
        uuid5(NAMESPACE_URL, place),
        dlq_name(message.topic, consumer),
        message.key,
        (*message.headers, ("dlq-reason", reason.encode()), ("dlq-place", place.encode())),
        message.value or b"",
    )
    return True


@dataclass(frozen=True)
class Redriven:
    resolved: int
    still_open: dict[str, str]
    """Key → why its first event still fails."""


async def redrive(db: Database, consumer: str, handle: Handler, key: str | None = None) -> Redriven:
    """Hand what was set aside to `handle` again, key by key, each key in order.

    A key stops at the first event that still fails; what came before it is done and stays done.
    """
    resolved = 0
    still_open: dict[str, str] = {}
    for row in await db.fetch(OPEN_KEYS, consumer, key):
        done, problem = await _redrive_key(db, consumer, handle, row["key"])
        resolved += done
        if problem is not None:
            still_open[row["key"]] = problem
    return Redriven(resolved, still_open)


async def discard(db: Database, consumer: str, key: str) -> bool:
    """Give the first open event of a key up, unhandled: for bytes that nobody will ever read.

    It stays in the table, resolved, with `discarded` before its reason. False: nothing was open.
    """
    async with db.transaction() as tx:
        await tx.execute(OWN_LOCK, consumer)
        return await tx.fetchval(DISCARD, consumer, key) is not None


async def _redrive_key(
    db: Database, consumer: str, handle: Handler, key: str
) -> tuple[int, str | None]:
    """How many were resolved, and why it stopped before the end."""
    done = 0
    while True:
        problem: str | None = None
        resolved: list[int] = []
        async with db.transaction() as tx:
            await tx.execute(OWN_LOCK, consumer)
            rows = await tx.fetch(OPEN_OF_KEY, consumer, key, REDRIVE_BATCH)
            for row in rows:
                problem = await _again(tx, handle, row)
                if problem is not None:
                    break
                resolved.append(row["id"])
            await tx.execute(RESOLVE, resolved)
        done += len(resolved)
        if problem is not None or len(rows) < REDRIVE_BATCH:
            return done, problem


async def _again(tx: Transaction, handle: Handler, row: Row) -> str | None:
    """Why the event still can't be handled, or None."""
    try:
        headers = [(name, value.encode()) for name, value in loads(row["headers"])]
        event = decode(headers, row["payload"])
        with context.bound(event.correlation_id, str(event.id), event.traceparent):
            async with tx.savepoint():
                await handle(tx, [event])
    except UnknownEventType:
        return None  # as in the consumer: a type from the future is passed over
    except Transient:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is the reason
        return reason_of(error)
    return None


def reason_of(error: BaseException) -> str:
    """What failed, without the values it failed on: they may be personal."""
    if isinstance(error, ContractError):
        return f"{type(error).__name__}: {error}"[:500]
    slug = getattr(error, "slug", None) or getattr(error, "constraint_name", None)
    return f"{type(error).__name__}: {slug}" if slug else type(error).__name__
