"""The bytes of destroyed keys go off the disk, so that a fresh copy of the files has none of them.

PostgreSQL changes no row in place: the key stays in the old version of its row. When that is cleaned
away the rows of its page are moved together, and what they leave behind in the unused gap, whole keys
or parts of them, stays until something else happens to be written there. Only writing the table anew
leaves nothing. The keys are a small table of their own for this reason: a million of them take 1.2 s,
in which whoever needs a key waits (measured; docs/decisions/0015).
"""

import asyncio

import asyncpg
import structlog

from chassis.db import CONNECT_TIMEOUT, Database, session_settings
from chassis.errors import ChassisError
from chassis.kafka import sleep_unless

log = structlog.get_logger(__name__)
EVERY = 10.0
LIMIT = 120
# Whoever needs a key stands behind this lock while it waits for a long reader: better later.
PATIENCE = {"lock_timeout": "500ms", "statement_timeout": f"{LIMIT}s"}

# While anybody reads from before, PostgreSQL carries the old version of the row along into the new
# table. Everybody sees how far back each of the others reads.
DUE = """
select id from key_rewrite where age(destroyed_in::xid) > all (
    select age(backend_xmin) from pg_stat_activity
    where backend_xmin is not null and (datname is null or datname = current_database())
    union all select age(xmin) from pg_replication_slots where xmin is not null
    union all select age(transaction) from pg_prepared_xacts where database = current_database()
)
"""
REWRITE = "vacuum (full) person_key"
DONE = "delete from key_rewrite where id = any($1)"


class KeyPages:
    """Looks every 10 s until stopped; trouble waits for the next look."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.rewrite()
            except (ChassisError, asyncpg.PostgresError, OSError) as error:
                log.info("keys_not_rewritten", error=type(error).__name__)
            await sleep_unless(stop, EVERY)

    async def rewrite(self) -> bool:
        """Whether it was written anew. Two at once do it twice, which harms nobody."""
        due = [row["id"] for row in await self._db.fetch(DUE)]
        if not due:
            return False
        # On a connection of its own: it stands in no transaction, and waits by other limits.
        connection = await asyncpg.connect(
            self._db.dsn,
            timeout=CONNECT_TIMEOUT,
            command_timeout=LIMIT,
            server_settings=session_settings(self._db.service) | PATIENCE,
        )
        try:
            await connection.execute(REWRITE)
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT)
        async with self._db.transaction() as tx:
            await tx.execute(DONE, due)
        log.info("keys_rewritten", erasures=len(due))
        return True
