"""The worker's queue: in which one a wish stands, from its state alone. One wish, one place."""

from typing import Literal

from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import Claim, Wish

Queue = Literal[
    "to_verify",
    "to_publish",
    "to_hand_over",
    "late_to_contact",
    "late_to_fulfil",
    "to_decide",
    "to_confirm",
    "to_call_back",
]
LATE = 2


def queue_of(wish: Wish, claim: Claim | None) -> Queue | None:
    """Where a worker finds it; None: nobody at the desk has to do anything now."""
    match wish.state:
        case WishState.SUBMITTED:
            return "to_verify"
        case WishState.VERIFIED:
            return "to_publish"
        case WishState.POSTED if wish.level:
            return "to_hand_over"
        case WishState.CLAIMED if claim is not None:
            return _of_claim(claim)
        case WishState.DELIVERED:
            return "to_confirm"
        case WishState.REFERRED if wish.due_at is None:
            # The day by which it should have been answered is over: somebody asks after it.
            return "to_hand_over"
        case WishState.FULFILLED if wish.callback == "due":
            return "to_call_back"
        case _:
            return None


def _of_claim(claim: Claim) -> Queue | None:
    if claim.asked_until is not None:
        return "to_decide"
    if claim.warned < LATE:
        return None
    return "late_to_contact" if claim.state is ClaimState.LIVE else "late_to_fulfil"
