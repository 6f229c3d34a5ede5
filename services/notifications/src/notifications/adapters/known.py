"""What notifications knows by itself: units and members by id, whose a wish is, and who helps with it.

A batch is read by a fixed number of statements, whatever its size.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.db import Transaction
from contracts.envelope import Event
from contracts.fields import EventData, Giver
from contracts.registry import EVENTS
from contracts.volunteers import (
    AffiliationChanged,
    OrganisationChanged,
    VolunteerApproved,
    VolunteerRegistered,
)
from contracts.wishes import WishEscalated, WishSubmitted

from notifications.domain.notices import Known
from notifications.domain.offices import NOT_KNOWN, OFFICES, Office, area_of
from notifications.domain.partners import Partners, followed
from notifications.domain.rules import rules_for

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
select w.wish_id, w.beneficiary_id, w.area, p.kind, p.id as partner_id
from wish_known w left join partner p on p.wish_id = w.wish_id
where w.wish_id = any($1) order by w.wish_id, p.lead desc, p.kind, p.id
"""
# Both at once: nobody is among the gone and the kept.
KEEP_PARTNERS = """
with gone as (
    delete from partner p using unnest($1::uuid[], $2::text[], $3::uuid[]) as g (wish_id, kind, id)
    where p.wish_id = g.wish_id and p.kind = g.kind and p.id = g.id
)
insert into partner (wish_id, kind, id, lead)
select * from unnest($4::uuid[], $5::text[], $6::uuid[], $7::boolean[]) as n (wish_id, kind, id, lead)
order by wish_id, kind, id
on conflict (wish_id, kind, id) do update set lead = excluded.lead
"""
OFFICES_OF = """
select kind, area, id from unit
where area = any($1) and kind in ('community', 'street', 'district') and active order by id desc
"""
UNITS_NEARBY = """
select area, id from unit where area = any($1) and kind = 'resident_unit' and active
"""
BRANCHES = """
select m.volunteer_id, u.id from membership m join unit u on u.id = m.unit_id
where m.volunteer_id = any($1) and u.kind = 'branch' and u.active
"""
AREAS = """
select id, area from unit where id = any($1) union all select id, area from member where id = any($1)
"""


@dataclass
class Place:
    """A wish: whose, where, who helps now, and who did before this batch."""

    beneficiary: UUID
    area: str
    partners: Partners
    before: Partners


class Memory:
    """What is known of what a batch tells of. It goes on with each event, and is kept at the end."""

    def __init__(self, wishes: dict[UUID, Place]) -> None:
        self._wishes = wishes
        self._offices: dict[tuple[str, str], UUID] = {}
        self._nearby: dict[str, list[UUID]] = {}
        self._branches: dict[UUID, list[UUID]] = {}

    @staticmethod
    async def of(tx: Transaction, events: Sequence[Event[Any]]) -> "Memory":
        """Learn what the batch says of units, people and wishes, and read of whom it tells."""
        await _learn(tx, events)
        asked = {wish for event in events if (wish := wish_of(event.data)) is not None}
        wishes: dict[UUID, Place] = {}
        for row in await tx.fetch(WISHES, sorted(asked)) if asked else []:
            place = wishes.setdefault(
                row["wish_id"], Place(row["beneficiary_id"], row["area"], (), ())
            )
            if row["partner_id"] is not None:
                place.before += (Giver(kind=row["kind"], id=row["partner_id"]),)
                place.partners = place.before
        return Memory(wishes)

    async def look_around(self, tx: Transaction, events: Iterable[Event[Any]]) -> None:
        """Offices, units and branches that somebody of these events is told through."""
        told = [(event.data, {rule.who for rule in rules_for(model_of(event))}) for event in events]
        areas = {self.area_of(data) for data, who in told if who} - {""}
        codes = sorted({area_of(office, area) for area in areas for office in OFFICES})
        for row in await tx.fetch(OFFICES_OF, codes) if codes else []:
            self._offices[row["kind"], row["area"]] = row["id"]
        near = {
            code
            for data, _ in told
            if isinstance(data, WishEscalated)
            for code in _around(data.area)
        }
        for row in await tx.fetch(UNITS_NEARBY, sorted(near)) if near else []:
            self._nearby.setdefault(row["area"], []).append(row["id"])
        people = {who for data, rules in told if "branch" in rules for who in _people(data)}
        for row in await tx.fetch(BRANCHES, sorted(people)) if people else []:
            self._branches.setdefault(row["volunteer_id"], []).append(row["id"])

    def area_of(self, data: EventData) -> str:
        """Where it happened, if its wish or the event says so."""
        place = self._place(data)
        return place.area if place else getattr(data, "area", "")

    def known(self, data: EventData) -> Known:
        place, area = self._place(data), self.area_of(data)
        own = frozenset(unit for who in _people(data) for unit in self._branches.get(who, ()))
        near = frozenset(unit for code in _around(area) for unit in self._nearby.get(code, ()))
        return Known(
            resident=place.beneficiary if place else getattr(data, "beneficiary_id", None),
            desk=self._office("community", area),
            street=self._office("street", area),
            district=self._office("district", area),
            branches=own,
            partners=place.partners if place else (),
            units_nearby=near,
        )

    def go_on(self, data: EventData) -> None:
        if place := self._place(data):
            place.partners = followed(place.partners, data)

    async def keep(self, tx: Transaction) -> None:
        gone: list[tuple[UUID, str, UUID]] = []
        kept: list[tuple[UUID, str, UUID, bool]] = []
        for wish, place in self._wishes.items():
            if place.partners == place.before:
                continue
            gone += [(wish, p.kind, p.id) for p in place.before if p not in place.partners]
            kept += [(wish, p.kind, p.id, not n) for n, p in enumerate(place.partners)]
        if gone or kept:
            columns = [*_columns(gone, 3), *_columns(kept, 4)]
            await tx.execute(KEEP_PARTNERS, *columns)

    def _place(self, data: EventData) -> Place | None:
        wish = wish_of(data)
        return self._wishes.get(wish) if wish else None

    def _office(self, office: Office, area: str) -> UUID | None:
        if not area:
            return None
        return self._offices.get((office, area_of(office, area)), NOT_KNOWN[office])


async def areas_of(tx: Transaction, recipients: Iterable[UUID]) -> dict[UUID, str]:
    """Where members and units belong."""
    asked = sorted(set(recipients))
    return {row["id"]: row["area"] for row in await tx.fetch(AREAS, asked)} if asked else {}


def model_of(event: Event[Any]) -> type[EventData]:
    """As it was written: what is read may have fields of a later version."""
    return EVENTS[event.type].model


def wish_of(data: EventData) -> UUID | None:
    return getattr(data, "wish_id", None)


async def _learn(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    wishes: list[WishSubmitted] = []
    for event in events:
        handler = LEARNING.get(model_of(event))
        if handler is not None:
            await handler(tx, event.data)
        elif model_of(event) is WishSubmitted:
            wishes.append(event.data)
    if wishes:
        rows = [(wish.wish_id, wish.area, wish.beneficiary_id) for wish in wishes]
        await tx.execute(KEEP_WISHES, *_columns(rows, 3))


async def _organisation_changed(tx: Transaction, data: OrganisationChanged) -> None:
    await tx.execute(KEEP_UNIT, data.organisation_id, data.kind, data.area, data.active)


async def _volunteer_registered(tx: Transaction, data: VolunteerRegistered) -> None:
    await tx.execute(KEEP_MEMBER, data.volunteer_id, data.area)


async def _volunteer_approved(tx: Transaction, data: VolunteerApproved) -> None:
    await tx.execute(KEEP_MEMBER, data.volunteer_id, data.area)
    if data.organisation_id:
        await tx.execute(JOIN_UNIT, data.volunteer_id, data.organisation_id)


async def _affiliation_changed(tx: Transaction, data: AffiliationChanged) -> None:
    """A home community, a work unit, a society: somebody may belong to several at once."""
    change = JOIN_UNIT if data.active else LEAVE_UNIT
    await tx.execute(change, data.volunteer_id, data.organisation_id)


def _people(data: EventData) -> Iterator[UUID]:
    yield from getattr(data, "helpers", ())
    if claimant := getattr(data, "claimant", None):
        yield claimant.id


def _around(area: str) -> tuple[str, ...]:
    """The community, and the street that units of the whole street are noted under."""
    return (area, area_of("street", area)) if area else ()


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """For unnest: as many lists as there are columns, even of no rows."""
    return [[row[n] for row in rows] for n in range(width)]


Learn = Callable[[Transaction, Any], Awaitable[None]]
LEARNING: dict[type[EventData], Learn] = {
    OrganisationChanged: _organisation_changed,
    VolunteerRegistered: _volunteer_registered,
    VolunteerApproved: _volunteer_approved,
    AffiliationChanged: _affiliation_changed,
}
