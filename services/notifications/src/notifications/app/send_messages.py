"""The sender: pending messages out, a few at a time, at least once to the provider.

The message's id is the provider's reference, so that a crash between sending and noting makes no
second message. SKIP LOCKED is right here: messages of different people have no order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
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

from notifications.app.addresses import Address, Addresses, Owner
from notifications.domain.retry import pause_after
from notifications.domain.rules import DESK_NOT_KNOWN
from notifications.domain.templates import TEMPLATES
from notifications.metrics import SENT

log = structlog.get_logger(__name__)
IDLE = 0.5
BATCH = 100
AT_ONCE = 10
"""Messages in the provider's hands at the same time."""
SEND_LIMIT = 3.0
"""Seconds for one of them. All of a batch, and its addresses, fit into the time that TAKE allows."""
OWNERS: Mapping[str, Owner] = {
    "resident": "wishes",
    "volunteer": "volunteers",
    "organisation": "volunteers",
}

# The time of the next try is moved first: if this process dies, another one goes on after it. Times
# are the database's: the clocks of two processes may be minutes apart.
TAKE = """
update message set next_try_at = now() + interval '45 seconds', tries = tries + 1
where id in (
    select id from message where state = 'pending' and next_try_at <= now()
    order by next_try_at limit $1 for update skip locked
)
returning id, source_event_id, recipient_kind, recipient_id, area, template,
    details::text as details, channel, wish_id, correlation_id, traceparent, tries
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
# Locked in the order of their key, so that two writers of the same messages never wait in a circle.
LOCK = "select id from message where id = any($1) and state = 'pending' order by id for update"
DELIVERED = """
update message m set state = 'delivered', channel = d.channel, delivered_at = $3,
    next_try_at = null, version = m.version + 1, reason = null
from unnest($1::uuid[], $2::text[]) as d (id, channel)
where m.id = d.id and m.state = 'pending' returning m.id, m.version
"""
ON_PHONE_LIST = """
update message set state = 'phone_list', channel = 'phone', next_try_at = null
where id = any($1) and state = 'pending' returning id
"""
TRY_AGAIN = """
update message m set next_try_at = now() + d.pause, reason = d.reason
from unnest($1::uuid[], $2::interval[], $3::text[]) as d (id, pause, reason)
where m.id = d.id and m.state = 'pending'
"""
# A person whom no machine could reach is rung up: nobody falls off silently.
GIVE_UP = """
update message set next_try_at = null, reason = $2, version = version + 1,
    state = case recipient_kind when 'organisation' then 'failed' else 'phone_list' end
where id = $1 and state = 'pending' returning version
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one message: a channel it went by, `phone_list`, or why not (yet)."""

    row: Row
    recipient: UUID
    channel: str = ""
    trouble: str = ""


class Sender:
    def __init__(self, db: Database, gateway: Gateway, addresses: Addresses) -> None:
        self._db = db
        self._gateway = gateway
        self._addresses = addresses
        self._places = asyncio.Semaphore(AT_ONCE)

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
            rows = await tx.fetch(TAKE, BATCH)
        groups: defaultdict[Owner | None, list[Row]] = defaultdict(list)
        for row in rows:
            groups[_owner(row)].append(row)
        # One owner that hangs must not hold up the other's people. All of them to their end, before
        # the first error is told.
        results = await asyncio.gather(
            *(self._send(owner, group) for owner, group in groups.items()), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(rows)

    async def _send(self, owner: Owner | None, rows: Sequence[Row]) -> None:
        """The messages of one owner's people: addresses at once, then each, then one note."""
        recipients = {row["id"]: await self._recipient(row) for row in rows}
        trouble = ""
        known: Mapping[UUID, Address] = {}
        wanted = {recipient for recipient in recipients.values() if recipient is not None}
        if owner is not None and wanted:
            try:
                # The batch is named by one of its messages and its try.
                reference = f"{rows[0]['id']}-{rows[0]['tries']}"
                known = await self._addresses.of(owner, wanted, reference)
            except Transient:
                trouble = Transient.__name__
        outcomes = await asyncio.gather(
            *(self._hand_over(row, recipients[row["id"]], owner, known, trouble) for row in rows)
        )
        async with self._db.transaction() as tx:
            await _note(tx, outcomes)

    async def _recipient(self, row: Row) -> UUID | None:
        """None: the area has no desk yet."""
        if row["recipient_id"] != DESK_NOT_KNOWN:
            return row["recipient_id"]
        return await self._db.fetchval(FIND_DESK, row["id"], row["area"])

    async def _hand_over(
        self,
        row: Row,
        recipient: UUID | None,
        owner: Owner | None,
        known: Mapping[UUID, Address],
        trouble: str,
    ) -> Outcome:
        """By the channel that the person has, `phone_list` when there is none."""
        address = known.get(recipient) if recipient else None
        if recipient is None or (owner is not None and address is None):
            # The owner is away, or its replica has not heard of this person or desk yet.
            return Outcome(row, row["recipient_id"], trouble=trouble or Transient.__name__)
        try:
            text = TEMPLATES[row["template"]].text(loads(row["details"]))
            channel = await self._by_channel(row, address, text)
        except (GatewayError, TimeoutError) as error:
            return Outcome(row, recipient, trouble=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up all the others
            log.error("message_not_sent", message=str(row["id"]), reason=type(error).__name__)
            return Outcome(row, recipient, trouble=type(error).__name__)
        return Outcome(row, recipient, channel)

    async def _by_channel(self, row: Row, address: Address | None, text: str) -> str:
        reference = str(row["id"])
        if address is None:
            return "inbox"
        if row["channel"] == "sms" and address.phone:
            to = address.phone
        elif row["channel"] == "email" and address.email:
            to = address.email
        else:
            return "inbox" if row["recipient_kind"] == "organisation" else "phone_list"
        async with self._places:
            await asyncio.wait_for(
                self._gateway.send(row["channel"], to, text, reference), SEND_LIMIT
            )
        return row["channel"]


def _owner(row: Row) -> Owner | None:
    """Who holds the address; None where none is needed."""
    return None if row["channel"] == "inbox" else OWNERS[row["recipient_kind"]]


async def _note(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    """What became of a batch, and the world is told, once."""
    await tx.fetch(LOCK, [outcome.row["id"] for outcome in outcomes])
    at = now()
    sent = {o.row["id"]: o for o in outcomes if o.channel not in ("", "phone_list")}
    if sent:
        channels = [outcome.channel for outcome in sent.values()]
        for done in await tx.fetch(DELIVERED, list(sent), channels, at):
            outcome = sent[done["id"]]
            row = outcome.row
            about: dict[str, Any] = {
                **_about(row),
                "channel": outcome.channel,
                "recipient_id": outcome.recipient,
            }
            tx.count(SENT.labels(outcome.channel, "delivered"))
            with _because_of(row):
                event = NotificationDelivered(**about, delivered_at=at)
                tx.emit(event, key=row["id"], version=done["version"])
    listed = [o.row["id"] for o in outcomes if o.channel == "phone_list"]
    if listed:
        for _ in await tx.fetch(ON_PHONE_LIST, listed):
            tx.count(SENT.labels("phone", "phone_list"))
    await _later(tx, [outcome for outcome in outcomes if outcome.trouble])


async def _later(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    again: list[tuple[Any, Any, str]] = []
    for outcome in outcomes:
        row = outcome.row
        pause = pause_after(row["tries"])
        if pause is not None:
            again.append((row["id"], pause, outcome.trouble))
            tx.count(SENT.labels(row["channel"], "again"))
            continue
        version = await tx.fetchval(GIVE_UP, row["id"], outcome.trouble)
        if version is not None:
            tx.count(SENT.labels(row["channel"], "failed"))
            with _because_of(row):
                event = NotificationFailed(**_about(row), reason="gave_up", failed_at=now())
                tx.emit(event, key=row["id"], version=version)
    if again:
        await tx.fetch(TRY_AGAIN, *map(list, zip(*again, strict=True)))


def _because_of(row: Row) -> AbstractContextManager[None]:
    """What is emitted belongs to the event that the message tells of, and to its trace."""
    return context.bound(row["correlation_id"], str(row["source_event_id"]), row["traceparent"])


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
