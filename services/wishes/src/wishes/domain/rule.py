"""What a district asks of each category. A wish keeps the rule of the day it was handed in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.fields import Category

from wishes.domain.working_days import after_working_days


@dataclass(frozen=True)
class Terms:
    """Limits of one category. All of them are ours, to be changed by the district: no authority
    sets a cap, a number of claims or a deadline. Days are working days (国务院 calendar)."""

    contact_days: int = 3
    """From the claim until the claimant has spoken with the person."""
    fulfil_days: int = 10
    """From the claim until it is delivered."""
    remind_days: int = 1
    """A reminder comes so long before either."""
    grace_days: int = 1
    """After either the wish goes back to the tree so much later: a worker may ring first."""
    extension_days: int = 5
    """More than so much at once is decided by a worker."""
    extensions: int = 1
    """So many times the rule itself says yes; further ones are decided by a worker."""
    promise_days: tuple[int, int, int] = (5, 10, 15)
    """Nobody has taken it: after so long units, street, district look after it."""
    answer_days: int = 2
    """For a claimant to agree to a change."""
    offer_days: int = 2
    """A follow-up is kept for the first helper."""
    invite_days: int = 5
    referral_days: int = 10
    close_days: int = 15
    """From fulfilment; after that a problem is a new wish."""
    callback_days: int = 5
    callback_percent: int = 10
    complaint_days: int = 10
    """For an answer; after that the street has as long, then the district."""
    live_claims: int = 3
    """Wishes that one volunteer or unit has in hand at the same time, whether they lead or joined."""
    value_cap_fen: int = 300_000
    """0.01 yuan, all gifts of one wish together; what is larger goes by a programme or a referral."""
    two_people: bool = False
    """A visit takes two (a child, for example); medicine and money always do."""
    two_at_first: bool = False
    """The first visit of a claim takes two."""
    visit_hours: int = 4
    """A visit is over within so many hours, or somebody rings."""
    asks: tuple[str, ...] = ()
    """Qualifications of whoever claims, as `kind:code`, for example `training:first_aid`."""
    evidence: tuple[str, ...] = ()
    """What a delivery must come with, in codes; whoever delivers says that they have it, and keeps it.
    `photo` is never among them (国办函〔2026〕12号)."""
    questions: dict[str, Any] = field(default_factory=dict)
    """JSON Schema (2020-12) of the answers asked at intake; empty: nothing is asked."""


@dataclass(frozen=True)
class Rule:
    """One version of the terms of a category. `district`: prefix of area codes, empty: everywhere."""

    id: UUID
    district: str
    category: Category
    version: int
    valid_from: date
    terms: Terms
    valid_until: date | None = None
    """The last day, by which a district closes a category: what was in force before does not come back,
    and a rule of a later day opens it again. None: until a newer one."""


def begun_last(rules: Iterable[Rule], area: str, category: str, day: date) -> Rule | None:
    """What began last for the nearest district, and of one day the last version, also where it has ended
    since. A version for a later day may be set before one for an earlier day."""
    begun = [
        rule
        for rule in rules
        if rule.category == category and area.startswith(rule.district) and rule.valid_from <= day
    ]
    return max(
        begun, key=lambda rule: (len(rule.district), rule.valid_from, rule.version), default=None
    )


def rule_at(rules: Iterable[Rule], area: str, category: str, day: date) -> Rule | None:
    """What is in force, see begun_last; None: this category is not open."""
    newest = begun_last(rules, area, category, day)
    if newest is None or (newest.valid_until is not None and day > newest.valid_until):
        return None
    return newest


def by_then(now: datetime, days: int) -> datetime:
    """The evening of the day that many working days from now."""
    return after_working_days(now, days)
