"""Who must be told about one event: everybody concerned, once each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.fields import EventData, Giver

from notifications.domain.offices import Office
from notifications.domain.rule import Channel, Who
from notifications.domain.rules import rules_for, template_for


@dataclass(frozen=True)
class Recipient:
    """`invitation`: whoever was asked. Who that is, is found when it is sent, and kept nowhere."""

    kind: Literal["resident", "volunteer", "organisation", "invitation"]
    id: UUID


@dataclass(frozen=True)
class Notice:
    """What one person or unit must be told about one event."""

    recipient: Recipient
    template: str
    channel: Channel
    details: Mapping[str, object]
    urgent: bool = False


@dataclass(frozen=True)
class Known:
    """What notifications knows by itself: ids only."""

    resident: UUID | None = None
    desk: UUID | None = None
    branches: frozenset[UUID] = frozenset()
    """The branches of the people that the event names."""
    street: UUID | None = None
    district: UUID | None = None
    partners: tuple[Giver, ...] = ()
    """Who helps with the wish, the lead first, as the events before said."""
    units_nearby: frozenset[UUID] = frozenset()

    def office(self, kind: Office) -> UUID | None:
        return {"community": self.desk, "street": self.street, "district": self.district}[kind]


def notices(data: EventData, known: Known) -> list[Notice]:
    """Everybody concerned, once each: the first rule that reaches somebody speaks to them."""
    found: dict[Recipient, Notice] = {}
    for rule in rules_for(type(data)):
        if not rule.when(data):
            continue
        for recipient in _recipients(rule.who, data, known):
            channel = rule.channel
            if recipient.kind == "organisation" and channel == "sms":
                channel = "email"
            template = template_for(recipient.kind, rule.template)
            notice = Notice(recipient, template, channel, rule.details(data), rule.urgent)
            found.setdefault(recipient, notice)
    return list(found.values())


def _recipients(who: Who, data: Any, known: Known) -> Iterable[Recipient]:
    match who:
        case "resident":
            yield from _one("resident", known.resident)
        case "claimant":
            yield from _lead(data, known)
        case "helpers":
            lead = set(_lead(data, known))
            yield from (helper for helper in _everybody(data, known) if helper not in lead)
        case "partners":
            yield from _lead(data, known)
            yield from _everybody(data, known)
        case "left" | "offered":
            yield _giver(data.left if who == "left" else data.offered_to)
        case "unit":
            yield Recipient("organisation", data.organisation_id)
        case "visitors":
            yield from (Recipient("volunteer", visitor) for visitor in data.visitors)
        case "invited":
            yield Recipient("invitation", data.invitation_id)
        case "branch":
            yield from (Recipient("organisation", unit) for unit in sorted(known.branches))
        case "volunteer":
            yield Recipient("volunteer", data.volunteer_id)
        case "holder":
            yield Recipient(data.holder_kind, data.holder_id)
        case "desk":
            yield from _one("organisation", known.desk)
        case "street" | "district":
            yield from _one("organisation", known.office(who))
        case "units_nearby":
            yield from (Recipient("organisation", unit) for unit in sorted(known.units_nearby))


def _one(kind: Literal["resident", "organisation"], found: UUID | None) -> Iterable[Recipient]:
    if found is not None:
        yield Recipient(kind, found)


def _lead(data: Any, known: Known) -> Iterable[Recipient]:
    """Whom the event names; else who led until now."""
    claimant = getattr(data, "claimant", None)
    if claimant is not None:
        yield _giver(claimant)
    else:
        yield from (_giver(lead) for lead in known.partners[:1])


def _everybody(data: Any, known: Known) -> Iterable[Recipient]:
    yield from (Recipient("volunteer", helper) for helper in getattr(data, "helpers", ()))
    services = getattr(data, "services", ())
    yield from (Recipient("volunteer", service.volunteer_id) for service in services)
    # Units, which no event but their own names, and helpers where the event names none.
    yield from (_giver(partner) for partner in known.partners)


def _giver(giver: Giver) -> Recipient:
    return Recipient(giver.kind, giver.id)
