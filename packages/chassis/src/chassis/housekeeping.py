"""What each process with a database tidies by itself: stored answers and the memory of old events."""

import asyncio
import random

import structlog

from chassis.db import Database
from chassis.errors import ChassisError

log = structlog.get_logger(__name__)
EVERY = 3600.0
BATCH = 1_000

FORGET_ANSWERS = """
delete from idempotency where ctid = any(array(
    select ctid from idempotency where created_at < now() - interval '2 days' limit $1))
"""
"""A client that repeats a request does so within minutes. An answer may hold a contact: not for long."""
FORGET_INBOX = """
delete from inbox where ctid = any(array(
    select ctid from inbox where received_at < now() - interval '100 days' limit $1))
"""
"""Topics keep events for 90 days: nothing older can come again."""


async def tidy(db: Database) -> int:
    """Delete what is old, in small transactions. Returns how many rows went."""
    gone = 0
    for statement in (FORGET_ANSWERS, FORGET_INBOX):
        batch = BATCH
        while batch == BATCH:
            async with db.transaction() as tx:
                batch = int((await tx.execute(statement, BATCH)).rpartition(" ")[2])
            gone += batch
    return gone


class Housekeeping:
    """Tidies once an hour until stopped; trouble waits for the next hour."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if gone := await tidy(self._db):
                    log.info("tidied", rows=gone)
            except ChassisError as error:
                log.warning("not_tidied", error=str(error))
            try:
                # Not all processes at the same moment.
                await asyncio.wait_for(stop.wait(), EVERY * (0.5 + random.random()))  # noqa: S311
            except TimeoutError:
                continue
