"""What is not for the tree is handed to who is there for it (转办), with a receipt and an answer.

12345 or the grid for what is broken, a charity or social assistance for what is too large: the tree
collects no money and no large appeals (慈善法 Art. 114, 124).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.wishes import ReferralAnswered, WishClosed, WishReferred

from wishes.domain import errors, promise
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import WishAct
from wishes.domain.wish import Events, Wish, moved

Recipient = Literal["hotline_12345", "grid", "charity", "social_assistance", "other"]
Outcome = Literal["helped", "not_helped"]


@dataclass(frozen=True)
class Referral:
    id: UUID
    wish_id: UUID
    area: str
    recipient: Recipient
    reason: str
    due_by: datetime
    referred_by: UUID
    referred_at: datetime
    answered_at: datetime | None = None


def refer(
    wish: Wish,
    referral_id: UUID,
    recipient: Recipient,
    reason: str,
    by: UUID,
    terms: Terms,
    now: datetime,
) -> tuple[Wish, Referral, Events]:
    """Off the tree and into other hands, until the day by which these should have answered."""
    due = by_then(now, terms.referral_days)
    after = moved(
        wish,
        WishAct.REFER,
        hanging=False,
        due_at=due,
        desk_level=0,
        offered_to=None,
        offered_until=None,
    )
    referral = Referral(referral_id, wish.id, wish.area, recipient, reason, due, by, now)
    event = WishReferred(
        wish_id=wish.id,
        area=wish.area,
        referral_id=referral_id,
        to=recipient,
        due_by=due,
        referred_by=by,
        referred_at=now,
    )
    return after, referral, (event,)


def answer(wish: Wish, referral: Referral, outcome: Outcome, now: datetime) -> tuple[Wish, Events]:
    """Helped: the wish is closed. Not helped: it comes back to where cards are published; one that was
    handed on before anybody verified it, to where they are verified. Raises ReferralAnswered, also where
    the person has taken the wish back meanwhile.
    """
    if referral.answered_at is not None:
        raise errors.ReferralAnswered
    answered = ReferralAnswered(
        wish_id=wish.id,
        area=wish.area,
        referral_id=referral.id,
        outcome=outcome,
        answered_at=now,
    )
    if outcome == "not_helped":
        act = WishAct.TAKE_BACK if wish.verified_by else WishAct.START_OVER
        back = moved(wish, act, published_by=None)
        return promise.at_the_desk(back, now), (answered,)
    closed = moved(wish, WishAct.CLOSE, due_at=None)
    closed = replace(closed, version=closed.version + 1)
    return closed, (answered, WishClosed(wish_id=wish.id, area=wish.area, closed_at=now))
