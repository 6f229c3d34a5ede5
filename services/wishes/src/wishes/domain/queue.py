"""The worker's queue: in which one a wish stands, from its state alone. One wish, one place."""

from datetime import datetime
from typing import Literal, get_args

from contracts.wishes import WishHandedOver

from wishes.domain.errors import NothingToHandOver, ReferralUnanswered
from wishes.domain.replace import replace
from wishes.domain.rule import by_then
from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import LEVELS, Claim, Events, Wish, noted

Queue = Literal[
    "to_verify",
    "to_publish",
    "to_hand_over",
    "late_to_contact",
    "late_to_fulfil",
    "to_decide",
    "to_confirm",
    "to_call_back",
    "taken_down",
    "returned",
]
QUEUES: tuple[Queue, ...] = get_args(Queue)
LATE = 2
DESK_DAYS: dict[Queue, int] = {
    "to_verify": 3,
    "to_publish": 2,
    "to_hand_over": 2,
    "to_decide": 1,
    "to_confirm": 3,
    "taken_down": 3,
    "returned": 5,
}
"""Working days in which the desk sees to it, from the day it came into the queue. Ours. Of the three that
are missing two are late as they are: a day promised by somebody else has passed. The day of a callback is
set by the rule of the wish, when it is drawn."""


def queue_of(wish: Wish, claim: Claim | None) -> Queue | None:
    """Where a worker finds it; None: nobody at the desk has to do anything now."""
    match wish.state:
        case WishState.SUBMITTED:
            return "to_verify"
        case WishState.VERIFIED:
            return "to_publish"
        case WishState.POSTED if wish.level > wish.handed_level:
            return "to_hand_over"
        case WishState.CLAIMED if claim is not None:
            return _of_claim(claim)
        case WishState.DELIVERED:
            return "to_confirm"
        case WishState.REFERRED if wish.desk_level or wish.due_at is None:
            # The day by which it should have been answered is over: somebody asks after it.
            return "to_hand_over"
        case WishState.FULFILLED if wish.callback == "due":
            return "to_call_back"
        case WishState.TAKEN_DOWN:
            # Somebody asks the person: written anew, or withdrawn?
            return "taken_down"
        case WishState.RETURNED:
            # Who came to the desk without a telephone is told by nobody else.
            return "returned"
        case _:
            return None


def _of_claim(claim: Claim) -> Queue | None:
    if claim.asked_until is not None:
        return "to_decide"
    if claim.warned < LATE:
        return None
    return "late_to_contact" if claim.state is ClaimState.LIVE else "late_to_fulfil"


def due(
    queue: Queue,
    since: datetime,
    contact_by: datetime | None,
    fulfil_by: datetime | None,
    call_by: datetime | None,
) -> datetime:
    """Until when it should be seen to; for what is late by the claimant, the day that was promised; for
    a callback, the day of its draw."""
    promised = {
        "late_to_contact": contact_by,
        "late_to_fulfil": fulfil_by,
        "to_call_back": call_by,
    }.get(queue)
    return promised or by_then(since, DESK_DAYS.get(queue, 0))


def hand_over(wish: Wish, to: str, now: datetime) -> tuple[Wish, Events]:
    """Whoever looks after it now has been told; out of the queue until the next level.

    Raises NothingToHandOver, ReferralUnanswered.
    """
    if wish.state is WishState.REFERRED:
        # It stands in the same queue once its answer is late, and nothing is handed over there.
        raise ReferralUnanswered
    if wish.state is not WishState.POSTED or wish.level <= wish.handed_level:
        raise NothingToHandOver
    event = WishHandedOver.model_validate(
        {
            "wish_id": wish.id,
            "area": wish.area,
            "level": LEVELS[wish.level],
            "handed_to": to,
            "handed_at": now,
        }
    )
    return replace(noted(wish), handed_level=wish.level), (event,)
