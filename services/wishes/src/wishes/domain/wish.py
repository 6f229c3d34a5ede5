"""A wish and a claim as the rules see them, and how either moves to its next state.

Neither holds personal data: those are sealed beside it. `version` counts the events of the wish.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.fields import Category, Channel, Effort, EventData, Gift, Giver, Service
from contracts.wishes import FollowUpReason, Pledge

from wishes.domain.replace import replace
from wishes.domain.states import ClaimState, WishAct, WishState, claim_after, wish_after

Events = tuple[EventData, ...]
EndedAs = Literal[
    "given_back",
    "lapsed_contact",
    "lapsed_fulfil",
    "wish_withdrawn",
    "change_not_accepted",
    "not_confirmed",
]
Level = Literal["community", "resident_units", "street", "district"]
LEVELS: tuple[Level, ...] = ("community", "resident_units", "street", "district")


@dataclass(frozen=True)
class Wish:
    """One wish."""

    id: UUID
    card_no: str
    area: str
    category: Category
    channel: Channel
    beneficiary_id: UUID
    state: WishState
    version: int
    rule_id: UUID
    effort: Effort | None = None
    by_proxy: bool = False
    follows_wish_id: UUID | None = None
    follow_up_reason: FollowUpReason | None = None
    verified_by: UUID | None = None
    published_by: UUID | None = None
    leaf: int | None = None
    hanging: bool = False
    """On the tree. A fulfilled wish is a blossom, which falls when it is old or the tree is full."""
    may_hang: bool = True
    """The person agrees that the card is shown (PIPL Art. 25)."""
    fulfilled_event_id: UUID | None = None
    posted_at: datetime | None = None
    """First publication: its place in the queue, whatever happens to claims."""
    level: int = 0
    """Who looks after it while nobody takes it, an index of LEVELS."""
    desk_level: int = 0
    """Who was told that the desk is late with it as it stands now: 1 the street, 2 the district."""
    handed_level: int = 0
    """The level at which the desk last handed it over."""
    offered_to: Giver | None = None
    offered_until: datetime | None = None
    """A follow-up is kept for whoever helped first."""
    programme_id: UUID | None = None
    asks: tuple[str, ...] = ()
    """Qualifications that whoever claims must have."""
    two_people: bool = False
    minor: bool = False
    """The person was under fourteen when it came in, or when whoever checked it learned their age: a
    child, whatever birthday came since, until a correction of when they were born says otherwise."""
    author_id: UUID | None = None
    """The account that handed it in online; None: it came over the desk."""
    callback: Literal["no", "due", "done"] = "no"
    """Whether it is in the sample of those who are rung up (回访). Not "due" while the person wants no service
    any more, whatever was drawn."""
    open_complaints: int = 0
    """Not answered yet. Never saved with the wish: the database counts them."""
    due_at: datetime | None = None
    """When time itself changes something next: the desk's day, an offer that ends, a promise, closing."""


@dataclass(frozen=True)
class Given:
    """What arrived, and who gave their time for it."""

    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()


NOTHING = Given()


@dataclass(frozen=True)
class Claim:
    """A promise by somebody of their own will, with those who joined and what was given."""

    id: UUID
    wish_id: UUID
    state: ClaimState
    claimant: Giver
    claimed_by: UUID
    """Who said yes; for a unit, whoever spoke for it on that day, who may not any more."""
    contact_by: datetime
    fulfil_by: datetime
    helpers: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()
    """Organisations that joined."""
    contacts: tuple[UUID, ...] = ()
    """Who acted for each of `units`."""
    pledges: tuple[tuple[Giver, Pledge], ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    evidence: tuple[str, ...] = ()
    """What the rule asks a delivery to come with, as far as it came: codes of Terms.evidence."""
    warned: Literal[0, 1, 2] = 0
    """Of the time that runs now: 1 reminded, 2 late."""
    extensions: int = 0
    asked_until: datetime | None = None
    asked_reason: str | None = None
    """An extension that waits for a worker."""
    answer_by: datetime | None = None
    """A change of the wish that waits for the claimant."""
    due_at: datetime | None = None
    """When time itself changes something next: a reminder, a lapse."""
    ended_as: EndedAs | None = None
    """Why it is no more."""

    @property
    def partners(self) -> tuple[Giver, ...]:
        """All who are in it, the lead first."""
        helpers = (Giver(kind="volunteer", id=helper) for helper in self.helpers)
        units = (Giver(kind="organisation", id=unit) for unit in self.units)
        return (self.claimant, *helpers, *units)

    @property
    def all_units(self) -> tuple[UUID, ...]:
        """Of the partners, those who are no person."""
        return tuple(one.id for one in self.partners if one.kind == "organisation")

    @property
    def gave(self) -> frozenset[UUID]:
        """Everybody who is named in what was given, whether they are still in it or not."""
        gifts = {gift.giver.id for gift in self.gifts}
        return gifts.union(service.volunteer_id for service in self.services)

    @property
    def in_hand(self) -> bool:
        """Not given yet: it takes a place of each who is in it."""
        return self.state in (ClaimState.LIVE, ClaimState.CONTACTED)

    def holds(self, person: UUID) -> bool:
        """Whether the person or unit claimed it, or joined; not whoever once spoke for a unit."""
        return person in (self.claimant.id, *self.helpers, *self.units)


def moved(wish: Wish, act: WishAct, **changes: Any) -> Wish:
    """The wish after one act and its event. Raises WrongState."""
    state = wish_after(wish.state, act)
    return replace(wish, state=state, version=wish.version + 1, **changes)


def claim_moved(claim: Claim, act: WishAct, **changes: Any) -> Claim:
    """Raises WrongState."""
    return replace(claim, state=claim_after(claim.state, act), **changes)


def noted(wish: Wish) -> Wish:
    """The wish after an event that leaves its state: a message, a consent, a complaint."""
    return replace(wish, version=wish.version + 1)
