"""Every event that concerns somebody becomes messages; nothing is sent here.

Sending in the consumer's transaction would tell people about what was rolled back, and tell them
twice after a crash.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.clock import now
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.rebuild import ReadModel
from contracts import topics
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.registry import EVENTS
from contracts.volunteers import AffiliationChanged, OrganisationChanged, VolunteerApproved
from contracts.wishes import PersonErased, WishSubmitted
from orjson import dumps

from notifications.app.forget_messages import note_erased
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
KEEP_WISHES = """
insert into wish_known (wish_id, area, beneficiary_id)
select * from unnest($1::uuid[], $2::text[], $3::uuid[]) as w (wish_id, area, beneficiary_id)
order by wish_id on conflict do nothing
"""
WISHES = """
select w.wish_id, w.beneficiary_id, w.area,
    (select u.id from unit u where u.area = w.area and u.kind = 'community' and u.active
        order by u.id limit 1) as desk
from wish_known w where w.wish_id = any($1)
"""
BRANCHES = """
select m.volunteer_id, u.id from membership m join unit u on u.id = m.unit_id
where m.volunteer_id = any($1) and u.kind = 'branch' and u.active
"""
AREAS = """
select id, area from member where id = any($1)
union all select id, area from unit where id = any($1)
"""
# In the order of the constraint, so that two who note the same never wait in a circle.
ADD_MESSAGES = """
insert into message (id, source_event_id, recipient_kind, recipient_id, area, template, details,
    channel, state, wish_id, correlation_id, next_try_at, created_at, traceparent)
select id, source_event_id, recipient_kind, recipient_id, area, template, details::jsonb, channel,
    'pending', wish_id, correlation_id, now(), $11, traceparent
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::uuid[], $10::text[], $12::text[]) as m (id, source_event_id, recipient_kind,
    recipient_id, area, template, details, channel, wish_id, correlation_id, traceparent)
order by source_event_id, recipient_kind, recipient_id
on conflict on constraint told_once do nothing
"""


@dataclass(frozen=True)
class Place:
    """Where a wish belongs, as far as it is known here."""

    beneficiary: UUID
    area: str
    desk: UUID


async def tell_everybody(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """A whole batch: what is to be known first, then all messages in one statement."""
    await know(tx, events)
    if erased := [e.data.beneficiary_id for e in events if _model(e) is PersonErased]:
        await note_erased(tx, erased)
    telling = [event for event in events if _model(event) in RULES]
    places = await _places(tx, telling)
    branches = await _branches(tx, telling)
    told: list[tuple[Event[Any], Notice]] = []
    for event in telling:
        place = places.get(_wish_of(event))
        own = frozenset(unit for who in _people(event.data) for unit in branches.get(who, ()))
        known = Known(place.beneficiary, place.desk, own) if place else Known(branches=own)
        told += [(event, notice) for notice in notices(event.data, known)]
    homeless = {n.recipient.id for event, n in told if _wish_of(event) not in places}
    areas = await _areas(tx, homeless)
    at = now()
    rows = [
        (
            uuid7(),
            event.id,
            notice.recipient.kind,
            notice.recipient.id,
            place.area
            if (place := places.get(_wish_of(event)))
            else areas.get(notice.recipient.id, ""),
            notice.template,
            dumps(dict(notice.details)).decode(),
            notice.channel,
            _wish_of(event),
            event.correlation_id,
            event.traceparent,
        )
        for event, notice in told
    ]
    if rows:
        *columns, traces = (list(column) for column in zip(*rows, strict=True))
        await tx.execute(ADD_MESSAGES, *columns, at, traces)


async def know(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """What later events are read with: units, members, and which wish is whose."""
    wishes: list[WishSubmitted] = []
    for event in events:
        handler = KNOWING.get(_model(event))
        if handler is not None:
            await handler(tx, event)
        elif _model(event) is WishSubmitted:
            wishes.append(event.data)
    if wishes:
        await tx.execute(
            KEEP_WISHES,
            [wish.wish_id for wish in wishes],
            [wish.area for wish in wishes],
            [wish.beneficiary_id for wish in wishes],
        )


async def organisation_changed(tx: Transaction, event: Event[OrganisationChanged]) -> None:
    data = event.data
    await tx.execute(KEEP_UNIT, data.organisation_id, data.kind, data.area, data.active)


async def know_volunteer(tx: Transaction, event: Event[VolunteerApproved]) -> None:
    data = event.data
    await tx.execute(KEEP_MEMBER, data.volunteer_id, data.area)
    if data.organisation_id:
        await tx.execute(JOIN_UNIT, data.volunteer_id, data.organisation_id)


async def affiliation_changed(tx: Transaction, event: Event[AffiliationChanged]) -> None:
    """A home community, a work unit, a society: somebody may belong to several at once."""
    change = JOIN_UNIT if event.data.active else LEAVE_UNIT
    await tx.execute(change, event.data.volunteer_id, event.data.organisation_id)


async def _places(tx: Transaction, events: Sequence[Event[Any]]) -> dict[UUID | None, Place]:
    wishes = {wish for event in events if (wish := _wish_of(event)) is not None}
    rows = await tx.fetch(WISHES, sorted(wishes)) if wishes else []
    return {
        row["wish_id"]: Place(row["beneficiary_id"], row["area"], row["desk"] or DESK_NOT_KNOWN)
        for row in rows
    }


async def _branches(tx: Transaction, events: Sequence[Event[Any]]) -> dict[UUID, list[UUID]]:
    """Person → the branches they belong to."""
    people = {who for event in events if _wish_of(event) for who in _people(event.data)}
    found: dict[UUID, list[UUID]] = {}
    for row in await tx.fetch(BRANCHES, sorted(people)) if people else []:
        found.setdefault(row["volunteer_id"], []).append(row["id"])
    return found


async def _areas(tx: Transaction, recipients: Collection[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch(AREAS, sorted(recipients)) if recipients else []
    # A member before a unit, as they come.
    return {row["id"]: row["area"] for row in reversed(rows)}


def _model(event: Event[Any]) -> type[EventData]:
    """As it was written: what is read may have fields of a later version."""
    return EVENTS[event.type].model


def _wish_of(event: Event[Any]) -> UUID | None:
    return getattr(event.data, "wish_id", None)


def _people(data: EventData) -> Iterator[UUID]:
    yield from getattr(data, "helpers", ())
    if claimant := getattr(data, "claimant", None):
        yield claimant.id


Handle = Callable[[Transaction, Any], Awaitable[None]]
KNOWING: dict[type[EventData], Handle] = {
    OrganisationChanged: organisation_changed,
    VolunteerApproved: know_volunteer,
    AffiliationChanged: affiliation_changed,
}
# Made anew without telling anybody anything: what people were told stays.
COPY = ReadModel(
    ("wish_known", "membership", "member", "unit"),
    (topics.WISH.name, topics.VOLUNTEER.name),
    know,
)
