"""Safe visits: who goes, two where two must go, a word at the door, and the word that they have left.

The word at the door is six digits that the person was told beforehand and that the visitors say: an
old lady needs no telephone to compare them (FEATURES V12).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.wishes import VisitEnded, VisitOverdue, VisitStarted

from wishes.domain.errors import (
    NotAPartner,
    TwoPeopleNeeded,
    VisitCodeLocked,
    VisitCodeUsed,
    VisitCodeWrong,
    VisitTooLong,
)
from wishes.domain.replace import replace
from wishes.domain.rule import Terms
from wishes.domain.states import WishAct
from wishes.domain.wish import Claim, Events, Wish, claim_moved, moved, noted

TRIES = 5
"""At the word of one visit; the next visit has another word."""


@dataclass(frozen=True)
class Visit:
    """One visit by people of a claim."""

    id: UUID
    wish_id: UUID
    claim_id: UUID
    number: int
    """1 for the first visit of the claim."""
    visitors: tuple[UUID, ...]
    started_by: UUID
    started_at: datetime
    back_by: datetime
    two_people: bool = False
    tries: int = 0
    checked_at: datetime | None = None
    """When the word at the door was compared and was right."""
    ended_at: datetime | None = None
    due_at: datetime | None = None
    """When somebody has to be told that they are not back."""

    def is_of(self, person: UUID) -> bool:
        """Whether the person goes, or said that they go."""
        return person in (self.started_by, *self.visitors)


def start(
    wish: Wish,
    promised: Claim,
    going: Visit,
    carries: Collection[str],
    members: Collection[UUID],
    terms: Terms,
) -> tuple[Wish, Claim, Visit, Events]:
    """On the way. `carries`: medicine or money; `members`: volunteers of the units of this claim.

    Raises NotAPartner, TwoPeopleNeeded, VisitTooLong, WrongState.
    """
    after, held = moved(wish, WishAct.VISIT), claim_moved(promised, WishAct.VISIT)
    people = {partner.id for partner in promised.partners if partner.kind == "volunteer"}
    if not set(going.visitors) <= people | set(members):
        raise NotAPartner
    two = takes_two(wish, going, carries, terms)
    if two and len(set(going.visitors)) < 2:
        raise TwoPeopleNeeded
    if not timedelta() < going.back_by - going.started_at <= timedelta(hours=terms.visit_hours):
        raise VisitTooLong(hours=str(terms.visit_hours))
    event = VisitStarted(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        visit_id=going.id,
        visitors=going.visitors,
        back_by=going.back_by,
        started_at=going.started_at,
    )
    return after, held, replace(going, two_people=two, due_at=going.back_by), (event,)


def takes_two(wish: Wish, going: Visit, carries: Collection[str], terms: Terms) -> bool:
    first = terms.two_at_first and going.number == 1
    return wish.two_people or terms.two_people or first or bool(carries)


def leave(wish: Wish, visit: Visit, now: datetime) -> tuple[Wish, Visit, Events]:
    """They have left the house; nobody waits any more. Said again, it is no news."""
    if visit.ended_at is not None:
        return wish, visit, ()
    event = VisitEnded(
        wish_id=wish.id, area=wish.area, claim_id=visit.claim_id, visit_id=visit.id, ended_at=now
    )
    return noted(wish), replace(visit, ended_at=now, due_at=None), (event,)


def tick(wish: Wish, visit: Visit, now: datetime) -> tuple[Wish, Visit, Events]:
    """The word did not come in time: said once, and it still can come."""
    if visit.due_at is None or now < visit.due_at:
        return wish, visit, ()
    event = VisitOverdue(
        wish_id=wish.id,
        area=wish.area,
        claim_id=visit.claim_id,
        visit_id=visit.id,
        visitors=visit.visitors,
        back_by=visit.back_by,
        overdue_at=now,
    )
    return noted(wish), replace(visit, due_at=None), (event,)


def check(visit: Visit, now: datetime, *, right: bool) -> Visit:
    """What whoever stands at the door says is compared, once. `visit.tries` counts this try.

    Raises VisitCodeUsed, VisitCodeWrong with how often it may still be tried.
    """
    if visit.checked_at is not None:
        raise VisitCodeUsed
    if not right:
        raise VisitCodeWrong(TRIES - visit.tries)
    return replace(visit, checked_at=now)


def require_tries(visit: Visit) -> None:
    """Raises VisitCodeLocked: who guesses is stopped, for this visit and for good."""
    if visit.checked_at is None and visit.tries >= TRIES:
        raise VisitCodeLocked
