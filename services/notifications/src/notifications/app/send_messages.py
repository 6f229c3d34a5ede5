"""The sender: pending messages out, one after the other, at least once to the provider.

The message's id is the provider's reference, so that a crash between sending and noting makes no
second message. SKIP LOCKED is right here: messages of different people have no order.
"""

import asyncio
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog
from chassis import context
from chassis.clock import now
from chassis.db import Database, Row, Transaction
from chassis.errors import Transient
from chassis.gateway import Gateway, GatewayError
from chassis.kafka import sleep_unless
from contracts.notifications import NotificationDelivered, NotificationFailed
from orjson import loads

from notifications.app.addresses import Addresses
from notifications.domain.retry import next_try
from notifications.domain.templates import TEMPLATES

log = structlog.get_logger(__name__)
IDLE = 0.5
BATCH = 20

# The time of the next try is moved first: if this process dies, another one goes on after it.
TAKE = """
update message set next_try_at = $1::timestamptz + interval '60 seconds', tries = tries + 1
where id in (
    select id from message where state = 'pending' and next_try_at <= $1
    order by next_try_at limit $2 for update skip locked
)
returning id, source_event_id, recipient_kind, recipient_id, template, details::text as details,
    channel, wish_id, correlation_id, tries
"""
DELIVERED = """
update message set state = 'delivered', channel = $2, delivered_at = $3, next_try_at = null,
    version = version + 1, reason = null
where id = $1 and state = 'pending' returning version
"""
ON_PHONE_LIST = """
update message set state = 'phone_list', channel = 'phone', next_try_at = null
where id = $1 and state = 'pending'
"""
TRY_AGAIN = "update message set next_try_at = $2, reason = $3 where id = $1 and state = 'pending'"
GIVE_UP = """
update message set state = 'failed', next_try_at = null, reason = $2, version = version + 1
where id = $1 and state = 'pending' returning version
"""


class Sender:
    def __init__(self, db: Database, gateway: Gateway, addresses: Addresses) -> None:
        self._db = db
        self._gateway = gateway
        self._addresses = addresses

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                sent = await self.send_due()
            except Transient as error:
                log.info("sender_waits", error=str(error))
                sent = 0
            if not sent:
                await sleep_unless(stop, IDLE)

    async def send_due(self) -> int:
        """Send what is due, a batch at the most; how many were taken."""
        async with self._db.transaction() as tx:
            rows = await tx.fetch(TAKE, now(), BATCH)
        for row in rows:
            with context.bound(row["correlation_id"], str(row["source_event_id"])):
                await self._send(row)
        return len(rows)

    async def _send(self, row: Row) -> None:
        text = TEMPLATES[row["template"]].text(loads(row["details"]))
        try:
            channel = await self._hand_over(row, text)
        except (Transient, GatewayError) as error:
            await self._later(row, type(error).__name__)
            return
        async with self._db.transaction() as tx:
            if channel == "phone_list":
                await tx.execute(ON_PHONE_LIST, row["id"])
            else:
                await delivered(tx, row, channel, now())

    async def _hand_over(self, row: Row, text: str) -> str:
        """By the channel that the person has; `phone_list` when there is none."""
        if row["channel"] == "inbox":
            return "inbox"
        reference = str(row["id"])
        kind = row["recipient_kind"]
        address = await self._addresses.of(kind, row["recipient_id"], reference)
        if row["channel"] == "sms" and address.phone:
            await self._gateway.send("sms", address.phone, text, reference)
            return "sms"
        if row["channel"] == "email" and address.email:
            await self._gateway.send("email", address.email, text, reference)
            return "email"
        return "inbox" if kind == "organisation" else "phone_list"

    async def _later(self, row: Row, reason: str) -> None:
        at = next_try(row["tries"], now())
        async with self._db.transaction() as tx:
            if at is not None:
                await tx.execute(TRY_AGAIN, row["id"], at, reason)
                return
            version = await tx.fetchval(GIVE_UP, row["id"], reason)
            if version is not None:
                event = NotificationFailed(**_about(row), reason="gave_up", failed_at=now())
                tx.emit(event, key=row["id"], version=version)


async def delivered(
    tx: Transaction,
    row: Row,
    channel: Literal["inbox", "sms", "email", "phone"] | str,
    at: datetime,
) -> None:
    """Note it and tell the world, once."""
    version = await tx.fetchval(DELIVERED, row["id"], channel, at)
    if version is not None:
        about: dict[str, Any] = {**_about(row), "channel": channel}
        tx.emit(NotificationDelivered(**about, delivered_at=at), key=row["id"], version=version)


def _about(row: Row) -> dict[str, Any]:
    return {
        "message_id": row["id"],
        "recipient_kind": row["recipient_kind"],
        "recipient_id": UUID(str(row["recipient_id"])),
        "template": row["template"],
        "channel": row["channel"],
        "source_event_id": row["source_event_id"],
        "wish_id": row["wish_id"],
    }
