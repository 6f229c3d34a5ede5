"""The sender: pending messages out, a few at a time, at least once to the provider.

The message's id is the provider's reference, so that a crash between sending and noting makes no
second message. SKIP LOCKED is right here: messages of different people have no order.
"""

import asyncio
from typing import Any
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
from notifications.domain.rules import DESK_NOT_KNOWN
from notifications.domain.templates import TEMPLATES
from notifications.metrics import SENT

log = structlog.get_logger(__name__)
IDLE = 0.5
BATCH = 20
AT_ONCE = 5
"""Messages under way at the same time: one owner that hangs must not hold up the other's people."""

# The time of the next try is moved first: if this process dies, another one goes on after it.
TAKE = """
update message set next_try_at = $1::timestamptz + interval '60 seconds', tries = tries + 1
where id in (
    select id from message where state = 'pending' and next_try_at <= $1
    order by next_try_at limit $2 for update skip locked
)
returning id, source_event_id, recipient_kind, recipient_id, area, template,
    details::text as details, channel, wish_id, correlation_id, tries
"""
FIND_DESK = """
update message set recipient_id = (
    select u.id from unit u where u.area = $2 and u.kind = 'community' and u.active
    order by u.id limit 1
)
where id = $1 and exists (
    select from unit u where u.area = $2 and u.kind = 'community' and u.active
)
returning recipient_id
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
# A person whom no machine could reach is rung up: nobody falls off silently.
GIVE_UP = """
update message set next_try_at = null, reason = $2, version = version + 1,
    state = case recipient_kind when 'organisation' then 'failed' else 'phone_list' end
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
        places = asyncio.Semaphore(AT_ONCE)

        async def send(row: Row) -> None:
            async with places:
                with context.bound(row["correlation_id"], str(row["source_event_id"])):
                    await self._send(row)

        # All of them to their end, before the first error is told.
        results = await asyncio.gather(*map(send, rows), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(rows)

    async def _send(self, row: Row) -> None:
        try:
            channel, recipient = await self._hand_over(row)
        except (Transient, GatewayError) as error:
            await self._later(row, type(error).__name__)
            return
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up all the others
            log.error("message_not_sent", message=str(row["id"]), reason=type(error).__name__)
            await self._later(row, type(error).__name__)
            return
        async with self._db.transaction() as tx:
            if channel == "phone_list":
                await tx.execute(ON_PHONE_LIST, row["id"])
                tx.count(SENT.labels("phone", "phone_list"))
            else:
                await _delivered(tx, row, recipient, channel)

    async def _hand_over(self, row: Row) -> tuple[str, UUID]:
        """By the channel that the person has, `phone_list` when there is none; and to whom."""
        text = TEMPLATES[row["template"]].text(loads(row["details"]))
        recipient: UUID = row["recipient_id"]
        if recipient == DESK_NOT_KNOWN:
            found = await self._db.fetchval(FIND_DESK, row["id"], row["area"])
            if found is None:
                raise Transient("the area has no desk yet")
            recipient = found
        if row["channel"] == "inbox":
            return "inbox", recipient
        reference = str(row["id"])
        kind = row["recipient_kind"]
        address = await self._addresses.of(kind, recipient, reference)
        if row["channel"] == "sms" and address.phone:
            await self._gateway.send("sms", address.phone, text, reference)
            return "sms", recipient
        if row["channel"] == "email" and address.email:
            await self._gateway.send("email", address.email, text, reference)
            return "email", recipient
        return ("inbox" if kind == "organisation" else "phone_list"), recipient

    async def _later(self, row: Row, reason: str) -> None:
        at = next_try(row["tries"], now())
        async with self._db.transaction() as tx:
            if at is not None:
                await tx.execute(TRY_AGAIN, row["id"], at, reason)
                tx.count(SENT.labels(row["channel"], "again"))
                return
            version = await tx.fetchval(GIVE_UP, row["id"], reason)
            if version is not None:
                event = NotificationFailed(**_about(row), reason="gave_up", failed_at=now())
                tx.emit(event, key=row["id"], version=version)
                tx.count(SENT.labels(row["channel"], "failed"))


async def _delivered(tx: Transaction, row: Row, recipient: UUID, channel: str) -> None:
    """Note it and tell the world, once."""
    at = now()
    version = await tx.fetchval(DELIVERED, row["id"], channel, at)
    if version is not None:
        about: dict[str, Any] = {**_about(row), "channel": channel, "recipient_id": recipient}
        tx.emit(NotificationDelivered(**about, delivered_at=at), key=row["id"], version=version)
        tx.count(SENT.labels(channel, "delivered"))


def _about(row: Row) -> dict[str, Any]:
    return {
        "message_id": row["id"],
        "recipient_kind": row["recipient_kind"],
        "recipient_id": row["recipient_id"],
        "template": row["template"],
        "channel": row["channel"],
        "source_event_id": row["source_event_id"],
        "wish_id": row["wish_id"],
    }
