"""The sender: pending messages out, a few at a time, at least once to the provider.

The message's id is the provider's reference, so that a crash between sending and noting makes no
second message. SKIP LOCKED is right here: messages of different people have no order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

import structlog
from chassis.db import Database, Row
from chassis.errors import Transient
from chassis.gateway import Gateway, GatewayError
from chassis.kafka import sleep_unless
from orjson import loads

from notifications.app.addresses import Address, Addresses, Invitee, Owner
from notifications.app.note_outcomes import Outcome, note
from notifications.domain.offices import UNKNOWN, area_of
from notifications.domain.rules import template_for
from notifications.domain.templates import TEMPLATES

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
Group = Owner | Literal["invitation"] | None

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
FIND_OFFICE = """
update message set recipient_id = (
    select u.id from unit u where u.area = $2 and u.kind = $3 and u.active order by u.id limit 1
)
where id = $1 and exists (
    select from unit u where u.area = $2 and u.kind = $3 and u.active
)
returning recipient_id
"""


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
        groups: defaultdict[Group, list[Row]] = defaultdict(list)
        for row in rows:
            groups[_group(row)].append(row)
        # One owner that hangs must not hold up the other's people. All of them to their end, before
        # the first error is told.
        results = await asyncio.gather(
            *(self._send(group, rows) for group, rows in groups.items()), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(rows)

    async def _send(self, group: Group, rows: Sequence[Row]) -> None:
        """The messages of one group: addresses at once, then each, then one note."""
        # The batch is named by one of its messages and its try.
        reference = f"{rows[0]['id']}-{rows[0]['tries']}"
        if group == "invitation":
            outcomes = await self._invite(rows, reference)
        else:
            outcomes = await self._tell(group, rows, reference)
        async with self._db.transaction() as tx:
            await note(tx, outcomes)

    async def _tell(
        self, owner: Owner | None, rows: Sequence[Row], reference: str
    ) -> Sequence[Outcome]:
        recipients = {row["id"]: await self._recipient(row) for row in rows}
        trouble = ""
        known: Mapping[UUID, Address] = {}
        wanted = {recipient for recipient in recipients.values() if recipient is not None}
        if owner is not None and wanted:
            try:
                known = await self._addresses.of(owner, wanted, reference)
            except Transient:
                trouble = Transient.__name__
        return await asyncio.gather(
            *(self._hand_over(row, recipients[row["id"]], owner, known, trouble) for row in rows)
        )

    async def _invite(self, rows: Sequence[Row], reference: str) -> Sequence[Outcome]:
        """Whom an invitation asks is known from here to the end of this call, and noted nowhere.

        One that does not stand any more is dropped, and noted like one that was sent: declined,
        expired, taken and sent must look the same.
        """
        try:
            asked = {row["recipient_id"] for row in rows}
            invitees = await self._addresses.invitees(asked, reference)
            people = {invitee.id for invitee in invitees.values()}
            known = await self._addresses.of("volunteers", people, reference) if people else {}
        except Transient:
            return [Outcome(row, row["recipient_id"], trouble=Transient.__name__) for row in rows]
        return await asyncio.gather(
            *(self._ask(row, invitees.get(row["recipient_id"]), known) for row in rows)
        )

    async def _ask(
        self, row: Row, invitee: Invitee | None, known: Mapping[UUID, Address]
    ) -> Outcome:
        if invitee is None:
            return Outcome(row, row["recipient_id"], "closed")
        if invitee.id not in known:
            return Outcome(row, row["recipient_id"], trouble=Transient.__name__)
        channel = "email" if invitee.kind == "organisation" else "sms"
        template = template_for(invitee.kind, row["template"])
        done = await self._by(row, channel, known[invitee.id], template)
        if done.trouble:
            return done
        # Without an address it is found in the invitee's own list, which wishes keeps.
        return Outcome(row, row["recipient_id"], "closed")

    async def _recipient(self, row: Row) -> UUID | None:
        """None: the area has no such office yet."""
        office = UNKNOWN.get(row["recipient_id"])
        if office is None:
            return row["recipient_id"]
        area = area_of(office, row["area"])
        return await self._db.fetchval(FIND_OFFICE, row["id"], area, office)

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
        if address is not None and address.erased:
            # The event of an erasure may come before others of the same moment, which tell of it.
            return Outcome(row, recipient, "closed")
        done = await self._by(row, row["channel"], address, row["template"])
        return Outcome(row, recipient, done.channel, done.trouble)

    async def _by(self, row: Row, channel: str, address: Address | None, template: str) -> Outcome:
        try:
            text = TEMPLATES[template].text(loads(row["details"]))
            went = await self._through(row, channel, address, text)
        except (GatewayError, TimeoutError) as error:
            return Outcome(row, row["recipient_id"], trouble=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up all the others
            log.error("message_not_sent", message=str(row["id"]), reason=type(error).__name__)
            return Outcome(row, row["recipient_id"], trouble=type(error).__name__)
        return Outcome(row, row["recipient_id"], went)

    async def _through(self, row: Row, channel: str, address: Address | None, text: str) -> str:
        """The channel it went by."""
        if address is None:
            return "inbox"
        if channel == "sms" and address.phone:
            to = address.phone
        elif channel == "email" and address.email:
            to = address.email
        else:
            return "inbox" if row["recipient_kind"] == "organisation" else "phone_list"
        async with self._places:
            await asyncio.wait_for(
                self._gateway.send(channel, to, text, str(row["id"])), SEND_LIMIT
            )
        return channel


def _group(row: Row) -> Group:
    """Who is asked for the address; None where none is needed."""
    if row["recipient_kind"] == "invitation":
        return "invitation"
    return None if row["channel"] == "inbox" else OWNERS[row["recipient_kind"]]
