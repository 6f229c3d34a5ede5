"""What a fulfilled wish is worth, and to whom: three books, every posting sums to zero.

Points are for volunteers; a unit has gifts in its name, and its members the hours they gave and the
points for them. A gift is no hour and an hour no gift (民政部令67 Art. 7, 19).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.wishes import WishFulfilled

Book = Literal["points", "hours", "gifts"]
BOOKS: tuple[Book, ...] = ("points", "hours", "gifts")
CONTRA = UUID(int=0)
"""The other side of every posting: what the community has acknowledged in all."""


@dataclass(frozen=True)
class Rule:
    """One version of the rule for points. Whole numbers; `per_hour` counts whole hours' parts down."""

    version: int
    valid_from: datetime
    goods: int
    service: int
    companionship: int
    skills: int
    per_hour: int
    lead_weight: int
    helper_weight: int


@dataclass(frozen=True)
class Holder:
    kind: Literal["volunteer", "organisation"]
    id: UUID


@dataclass(frozen=True)
class Share:
    """What one holder gets in the three books: points, minutes, fen."""

    points: int = 0
    hours: int = 0
    gifts: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.points + other.points, self.hours + other.hours, self.gifts + other.gifts)

    def of(self, book: Book) -> int:
        return int(getattr(self, book))


Shares = Mapping[Holder, Share]


def rule_at(rules: Sequence[Rule], at: datetime) -> Rule:
    """The rule in force at that moment. `rules` are sorted by `valid_from`; the first holds before."""
    return next((rule for rule in reversed(rules) if rule.valid_from <= at), rules[0])


def shares_of(data: WishFulfilled, rule: Rule) -> Shares:
    """Who gets what from one fulfilled wish. Holders with nothing are left out."""
    found: dict[Holder, Share] = {}

    def give(holder: Holder, share: Share) -> None:
        found[holder] = found.get(holder, Share()) + share

    for gift in data.gifts:
        give(Holder(gift.giver.kind, gift.giver.id), Share(gifts=gift.value_fen))
    for service in data.services:
        points = service.minutes * rule.per_hour // 60
        give(Holder("volunteer", service.volunteer_id), Share(points, service.minutes))
    base = int(getattr(rule, data.category))
    for person, points in split(base, _weights(data, rule)).items():
        give(Holder("volunteer", person), Share(points=points))
    return {holder: share for holder, share in found.items() if share != Share()}


def split(total: int, weights: Mapping[UUID, int]) -> dict[UUID, int]:
    """Share a whole number by weight, largest remainder first; nothing is lost or made up."""
    if not weights:
        return {}
    whole = sum(weights.values())
    parts = {person: total * weight // whole for person, weight in weights.items()}
    order = sorted(weights, key=lambda p: (-(total * weights[p] % whole), -weights[p], p))
    for person in order[: total - sum(parts.values())]:
        parts[person] += 1
    return parts


def entries_of(shares: Shares) -> list[tuple[Book, UUID, int]]:
    """(book, holder, amount) of one posting, the contra side included, sorted by key."""
    lines: list[tuple[Book, UUID, int]] = []
    for book in BOOKS:
        amounts = {holder.id: share.of(book) for holder, share in shares.items() if share.of(book)}
        if amounts:
            lines.extend((book, holder, amount) for holder, amount in amounts.items())
            lines.append((book, CONTRA, -sum(amounts.values())))
    return sorted(lines, key=lambda line: (line[1], line[0]))


def _weights(data: WishFulfilled, rule: Rule) -> dict[UUID, int]:
    weights = dict.fromkeys(data.helpers, rule.helper_weight)
    if data.claimant.kind == "volunteer":
        weights[data.claimant.id] = rule.lead_weight
    else:
        # A unit's members who gave their time share what its wish is worth.
        members = {service.volunteer_id for service in data.services if service.minutes}
        weights |= dict.fromkeys(sorted(members - set(weights)), rule.helper_weight)
    return weights
