"""Somebody was erased: whoever keeps their number with a message forgets it, too.

What they were told, and when, stays: it holds ids only. The event only notes which messages these are;
a loop of its own asks the gateway, and again until it has answered. A message that is on its way at
that moment is forgotten after it has arrived.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from chassis.db import Database, Transaction
from chassis.errors import Transient
from chassis.gateway import Gateway, GatewayError
from chassis.kafka import sleep_unless

log = structlog.get_logger(__name__)
EVERY = 2.0
BATCH = 100
LIMIT = 3.0
"""Seconds for one message in the gateway's hands."""

NOTE = """
update message set to_forget = true where recipient_kind = 'resident' and recipient_id = any($1)
"""
DUE = "select id from message where to_forget and state <> 'pending' order by id limit $1"
DONE = "update message set to_forget = false where id = any($1) and state <> 'pending'"


async def note_erased(tx: Transaction, people: Sequence[UUID]) -> None:
    await tx.execute(NOTE, people)


class Forgetting:
    """Looks every 2 s until stopped; trouble waits for the next look."""

    def __init__(self, db: Database, gateway: Gateway) -> None:
        self._db = db
        self._gateway = gateway

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                while await self.forget_due() == BATCH:
                    pass
            except (Transient, GatewayError, TimeoutError) as error:
                log.info("forgetting_waits", error=type(error).__name__)
            await sleep_unless(stop, EVERY)

    async def forget_due(self) -> int:
        """How many messages the gateway has forgotten. Raises Transient, GatewayError, TimeoutError."""
        due = [row["id"] for row in await self._db.fetch(DUE, BATCH)]
        for message in due:
            await asyncio.wait_for(self._gateway.forget(str(message)), LIMIT)
        if due:
            async with self._db.transaction() as tx:
                await tx.execute(DONE, due)
        return len(due)
