"""Every event that concerns somebody becomes messages; nothing is sent here.

Sending in the consumer's transaction would tell people about what was rolled back, and tell them
twice after a crash.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from chassis import context
from chassis.clock import now
from chassis.consumer import one_by_one
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.rebuild import ReadModel
from contracts import topics
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.volunteers import AffiliationChanged, OrganisationChanged, VolunteerApproved
from contracts.wishes import WishSubmitted
from orjson import dumps

from notifications.domain.rules import DESK_NOT_KNOWN, RULES, Known, Notice, notices

KEEP_UNIT = """
insert into unit (id, kind, area, active) values ($1, $2, $3, $4)
on conflict (id) do update set active = excluded.active, area = excluded.area
"""
KEEP_MEMBER = """
insert into member (id, area) values ($1, $2) on conflict (id) do update set area = excluded.area
"""
JOIN_UNIT = """
insert into membership (volunteer_id, unit_id) values ($1, $2) on conflict do nothing
"""
LEAVE_UNIT = "delete from membership where volunteer_id = $1 and unit_id = $2"
KEEP_WISH = """
insert into wish_known (wish_id, area, beneficiary_id) values ($1, $2, $3) on conflict do nothing
"""
WISH = """
select w.beneficiary_id, w.area,
    (select u.id from unit u where u.area = w.area and u.kind = 'community' and u.active
        order by u.id limit 1) as desk
from wish_known w where w.wish_id = $1
"""
BRANCHES = """
select distinct u.id from membership m join unit u on u.id = m.unit_id
where m.volunteer_id = any($1) and u.kind = 'branch' and u.active
"""
AREA_OF = """
select area from member where id = $1 union all select area from unit where id = $1 limit 1
"""
ADD_MESSAGE = """
insert into message (id, source_event_id, recipient_kind, recipient_id, area, template, details,
    channel, state, wish_id, correlation_id, next_try_at, created_at, traceparent)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, now(), $11, $12)
on conflict on constraint told_once do nothing
"""


async def organisation_changed(tx: Transaction, event: Event[OrganisationChanged]) -> None:
    data = event.data
    await tx.execute(KEEP_UNIT, data.organisation_id, data.kind, data.area, data.active)


async def volunteer_approved(tx: Transaction, event: Event[VolunteerApproved]) -> None:
    await know_volunteer(tx, event)
    await tell(tx, event)


async def know_volunteer(tx: Transaction, event: Event[VolunteerApproved]) -> None:
    data = event.data
    await tx.execute(KEEP_MEMBER, data.volunteer_id, data.area)
    if data.organisation_id:
        await tx.execute(JOIN_UNIT, data.volunteer_id, data.organisation_id)


async def affiliation_changed(tx: Transaction, event: Event[AffiliationChanged]) -> None:
    """A home community, a work unit, a society: somebody may belong to several at once."""
    change = JOIN_UNIT if event.data.active else LEAVE_UNIT
    await tx.execute(change, event.data.volunteer_id, event.data.organisation_id)


async def wish_submitted(tx: Transaction, event: Event[WishSubmitted]) -> None:
    await know_wish(tx, event)
    await tell(tx, event)


async def know_wish(tx: Transaction, event: Event[WishSubmitted]) -> None:
    data = event.data
    await tx.execute(KEEP_WISH, data.wish_id, data.area, data.beneficiary_id)


async def tell(tx: Transaction, event: Event[Any]) -> None:
    """Note a message for everybody whom this event concerns."""
    wish_id: UUID | None = getattr(event.data, "wish_id", None)
    known, area = await _known(tx, event.data, wish_id)
    for notice in notices(event.data, known):
        place = area or await tx.fetchval(AREA_OF, notice.recipient.id) or ""
        await _add(tx, event, notice, place, wish_id)


async def _known(
    tx: Transaction, data: EventData, wish_id: UUID | None
) -> tuple[Known, str | None]:
    if wish_id is None:
        return Known(), None
    row = await tx.fetchrow(WISH, wish_id)
    people = [*getattr(data, "helpers", ())]
    if claimant := getattr(data, "claimant", None):
        people.append(claimant.id)
    rows = await tx.fetch(BRANCHES, people) if people else []
    branches = frozenset(line["id"] for line in rows)
    if row is None:
        return Known(branches=branches), None
    desk = row["desk"] or DESK_NOT_KNOWN
    return Known(row["beneficiary_id"], desk, branches), row["area"]


async def _add(
    tx: Transaction, event: Event[Any], notice: Notice, area: str, wish_id: UUID | None
) -> None:
    await tx.execute(
        ADD_MESSAGE,
        uuid7(),
        event.id,
        notice.recipient.kind,
        notice.recipient.id,
        area,
        notice.template,
        dumps(dict(notice.details)).decode(),
        notice.channel,
        wish_id,
        context.correlation_id.get() or event.correlation_id,
        now(),
        event.traceparent,
    )


Handle = Callable[[Transaction, Any], Awaitable[None]]
HANDLERS: dict[type[EventData], Handle] = {
    **dict.fromkeys(RULES, tell),
    OrganisationChanged: organisation_changed,
    VolunteerApproved: volunteer_approved,
    AffiliationChanged: affiliation_changed,
    WishSubmitted: wish_submitted,
}
# Made anew without telling anybody anything: what people were told stays.
COPY = ReadModel(
    ("wish_known", "membership", "member", "unit"),
    (topics.WISH.name, topics.VOLUNTEER.name),
    one_by_one(
        {
            OrganisationChanged: organisation_changed,
            VolunteerApproved: know_volunteer,
            AffiliationChanged: affiliation_changed,
            WishSubmitted: know_wish,
        }
    ),
)
