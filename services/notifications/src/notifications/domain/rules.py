"""Which event tells whom what: one table for the whole product."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from contracts.fields import EventData, Giver
from contracts.points import PointsCredited, PointsReversed
from contracts.volunteers import VolunteerApproved
from contracts.wishes import (
    ClaimJoined,
    ClaimReleased,
    WishClaimed,
    WishDelivered,
    WishFulfilled,
    WishPosted,
    WishReopened,
    WishReturned,
    WishSubmitted,
    WishWithdrawn,
)

Who = Literal["resident", "claimant", "helpers", "desk", "branch", "volunteer", "holder"]
Channel = Literal["inbox", "sms", "email"]
Details = Callable[[Any], Mapping[str, object]]


def _nothing(_: Any) -> Mapping[str, object]:
    return {}


def _card(data: Any) -> Mapping[str, object]:
    return {"card_no": data.card_no}


def _dates(data: WishClaimed) -> Mapping[str, object]:
    return {"contact_by": data.contact_by.isoformat(), "fulfil_by": data.fulfil_by.isoformat()}


def _amounts(data: PointsCredited | PointsReversed) -> Mapping[str, object]:
    return {"points": data.points, "minutes": data.minutes, "fen": data.gift_value_fen}


@dataclass(frozen=True)
class Rule:
    """`who` is told by `template`; the channel is what the person has, at the best `channel`."""

    who: Who
    template: str
    channel: Channel
    details: Details = field(default=_nothing)


RULES: dict[type[EventData], tuple[Rule, ...]] = {
    WishSubmitted: (
        Rule("resident", "wish_received", "sms", _card),
        Rule("desk", "wish_to_verify", "inbox", _card),
    ),
    WishReturned: (Rule("resident", "wish_sent_back", "sms"),),
    WishPosted: (Rule("resident", "wish_hung", "sms", _card),),
    WishClaimed: (
        Rule("resident", "wish_taken", "sms", _dates),
        Rule("claimant", "claim_won", "sms", _dates),
        Rule("branch", "claim_in_branch", "email", _dates),
        Rule("desk", "claim_in_area", "inbox", _dates),
    ),
    ClaimJoined: (Rule("volunteer", "claim_joined", "sms"),),
    ClaimReleased: (
        Rule("claimant", "claim_released", "sms"),
        Rule("helpers", "claim_released", "sms"),
        Rule("resident", "wish_back_on_tree", "sms"),
    ),
    WishDelivered: (
        Rule("resident", "wish_delivered", "sms"),
        Rule("claimant", "wish_delivered_by_you", "sms"),
        Rule("desk", "wish_to_confirm", "inbox"),
    ),
    WishFulfilled: (
        Rule("resident", "wish_blossoms", "sms"),
        Rule("claimant", "wish_done", "sms"),
        Rule("helpers", "wish_done", "sms"),
        Rule("branch", "wish_done_in_branch", "email"),
        Rule("desk", "wish_done_in_area", "inbox"),
    ),
    WishReopened: (
        Rule("resident", "wish_goes_on", "sms"),
        Rule("claimant", "wish_reopened", "sms"),
        Rule("helpers", "wish_reopened", "sms"),
        Rule("desk", "wish_reopened_in_area", "inbox"),
    ),
    WishWithdrawn: (Rule("resident", "wish_withdrawn", "sms"),),
    VolunteerApproved: (Rule("volunteer", "approved", "sms"),),
    PointsCredited: (Rule("holder", "saved", "sms", _amounts),),
    PointsReversed: (Rule("holder", "taken_back", "sms", _amounts),),
}


OF_UNITS = {
    "saved": "saved_gifts",
    "claim_won": "claim_won_by_unit",
    "wish_done": "wish_done_by_unit",
}
"""What a unit reads in place of what is said to a person."""
DESK_NOT_KNOWN = UUID(int=0)
"""Stands for a desk whose founding has not arrived yet; the sender finds it by the area."""


@dataclass(frozen=True)
class Recipient:
    kind: Literal["resident", "volunteer", "organisation"]
    id: UUID


@dataclass(frozen=True)
class Notice:
    """What one person or unit must be told about one event."""

    recipient: Recipient
    template: str
    channel: Channel
    details: Mapping[str, object]


@dataclass(frozen=True)
class Known:
    """What notifications knows by itself: ids only."""

    resident: UUID | None = None
    desk: UUID | None = None
    branches: frozenset[UUID] = frozenset()
    """The branches of the people that the event names."""


def notices(data: EventData, known: Known) -> list[Notice]:
    """Everybody concerned, once each: the first rule that reaches somebody speaks to them."""
    found: dict[Recipient, Notice] = {}
    for rule in rules_for(type(data)):
        for recipient in _recipients(rule.who, data, known):
            template, channel = rule.template, rule.channel
            if recipient.kind == "organisation" and channel == "sms":
                channel = "email"
            if recipient.kind == "organisation":
                template = OF_UNITS.get(template, template)
            notice = Notice(recipient, template, channel, rule.details(data))
            found.setdefault(recipient, notice)
    return list(found.values())


def _recipients(who: Who, data: Any, known: Known) -> Iterable[Recipient]:
    match who:
        case "resident" if known.resident:
            yield Recipient("resident", known.resident)
        case "desk" if known.desk:
            yield Recipient("organisation", known.desk)
        case "claimant":
            yield _giver(data.claimant)
        case "helpers":
            yield from (Recipient("volunteer", helper) for helper in data.helpers)
            services = getattr(data, "services", ())
            yield from (Recipient("volunteer", service.volunteer_id) for service in services)
        case "branch":
            yield from (Recipient("organisation", unit) for unit in sorted(known.branches))
        case "volunteer":
            yield Recipient("volunteer", data.volunteer_id)
        case "holder":
            yield Recipient(data.holder_kind, data.holder_id)
        case _:
            return


def _giver(giver: Giver) -> Recipient:
    return Recipient(giver.kind, giver.id)


def rules_for(model: type[EventData]) -> tuple[Rule, ...]:
    """The rules of an event type; a reading model has those of the type it derives from."""
    return next((RULES[base] for base in model.__mro__ if base in RULES), ())
